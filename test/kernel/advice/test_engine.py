"""Rules are asked one by one, and again when later cells have run."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import jupyterlab_torchprof
import pytest
from jupyterlab_torchprof.advice.catalogue import RULES
from jupyterlab_torchprof.advice.engine import advise, revisit
from jupyterlab_torchprof.advice.grammar import Finding, Rule
from jupyterlab_torchprof.advice.grammar.entry import entry_of
from jupyterlab_torchprof.advice.waiting import PATIENCE, Waiting
from jupyterlab_torchprof.record import Prediction


class Always(Rule):
    id = "always"
    severity = "low"
    prediction = None

    def find(self, case):
        return Finding(
            title="Title.",
            explanation="Explanation.",
            evidence=["found"],
            prediction=self.prediction,
            remedy=case.by_hand("There is nothing to fix.", lines=[1]),
        )


class Severe(Always):
    id = "severe"
    severity = "high"


class Fails(Always):
    id = "fails"

    def find(self, case):
        raise ValueError("broken")


class WhenFollowed(Always):
    """Waits for one later cell, and is refuted by a second."""

    id = "when-followed"
    waits = True

    def find(self, case):
        after = len(case.history) - case.history.index(case.record)
        return super().find(case) if after == 2 else None


def test_ids_are_distinct_and_rules_explain_themselves():
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    for rule in RULES:
        assert rule.severity in ("high", "medium", "low", "info")
        entry = entry_of(rule)
        for text in (entry.what, entry.evidence, entry.fix, entry.silent):
            assert text.endswith("."), (rule.id, text)
        assert entry.sources, rule.id


def test_most_severe_first(build):
    record = build.record()
    found = advise(record, [record], rules=[Always(), Severe()])
    assert [advice.rule for advice in found] == ["severe", "always"]
    assert found[0].cell_id == record.cell_id
    assert record.advice == [], "advise changes nothing"


def test_rules_that_are_off(build):
    class OptIn(Always):
        on_by_default = False

    record = build.record()
    assert advise(record, [record], rules=[Always()], rules_off=["always"]) == []
    assert advise(record, [record], rules=[OptIn()]) == []
    assert len(advise(record, [record], rules=[OptIn()], rules_on=["always"])) == 1


def test_a_remark_on_the_session_is_made_once(build):
    class Remark(Always):
        once = True

    first, second = build.record(cell_id="a"), build.record(cell_id="b")
    first.advice = advise(first, [first], rules=[Remark()])
    assert len(first.advice) == 1
    assert advise(second, [first, second], rules=[Remark()]) == []


def test_what_saves_most_comes_first(build):
    class Saves(Always):
        def __init__(self, name, saving):
            self.id = name
            self.prediction = Prediction(metric="peak_bytes", before=saving, after=0, unit="bytes")

    record = build.record()
    found = advise(record, [record], rules=[Always(), Saves("little", 1), Saves("much", 2)])
    assert [advice.rule for advice in found] == ["much", "little", "always"]


@pytest.mark.parametrize("comment", ["# torchprof: ignore[always]", "# torchprof: ignore"])
def test_a_comment_silences_any_rule(build, comment):
    record = build.record(source=f"f()  {comment}")
    assert advise(record, [record], rules=[Always()]) == []
    other = build.record(source=f"f()\ng()  {comment}")
    assert len(advise(other, [other], rules=[Always()])) == 1, "it holds for its own line"


def test_a_failing_rule_does_not_stop_the_others(build):
    record = build.record()
    failures = []
    found = advise(
        record,
        [record],
        rules=[Fails(), Always()],
        on_failure=lambda part, error: failures.append((part, str(error))),
    )
    assert [advice.rule for advice in found] == ["always"]
    assert failures == [("rule fails", "broken")]


def test_a_failure_that_nobody_hears_is_raised(build):
    record = build.record()
    with pytest.raises(ValueError, match="broken"):
        advise(record, [record], rules=[Fails(), Always()])


def test_waiting_and_withdrawal(build):
    first, second, third = (build.record(cell_id=name) for name in "abc")
    rules = [WhenFollowed()]
    assert revisit([first], rules=rules) == []
    assert revisit([first, second], rules=rules) == [first]
    assert [advice.rule for advice in first.advice] == ["when-followed"]
    kept = first.advice[0]
    assert revisit([first, second], rules=rules) == []
    assert first.advice[0] is kept, "advice that still holds is not made again"
    assert revisit([first, second, third], rules=rules) == [first, second]
    assert first.advice == []


def test_only_the_latest_run_of_a_cell_is_asked_again(build):
    class Waits(Always):
        waits = True

    first, again, other = (build.record(cell_id=name) for name in ("a", "a", "b"))
    assert revisit([first, again, other], rules=[Always()]) == [], "it does not wait"
    assert revisit([first, again, other], rules=[Waits()]) == [again]


def test_advice_of_a_rule_that_was_turned_off_goes(build):
    first, again, other = (build.record(cell_id=name) for name in ("a", "a", "b"))
    for record in (first, again):
        record.advice = advise(record, [record], rules=[Always()])
    changed = revisit([first, again, other], rules=[Always()], rules_off=["always"])
    assert changed == [first, again]
    assert first.advice == again.advice == []


class Watched(Always):
    """Waits on cells that say so, and counts what it is asked."""

    id = "watched"
    waits = True

    def __init__(self):
        self.judged, self.tested, self.stirred = [], [], True

    def awaits(self, record):
        self.judged.append(record)
        return "wait" in record.source

    def is_stirred(self, now):
        return self.stirred

    def find(self, case):
        self.tested.append(case.record)
        return super().find(case) if "found" in case.history[-1].source else None


def test_only_runs_that_wait_are_asked_again(build):
    rule = Watched()
    rules, history, waiting = [rule], [], Waiting([rule])

    def run(source, name):
        history.append(build.record(source, cell_id=name))
        rule.judged, rule.tested = [], []
        return revisit(history, rules=rules, waiting=waiting)

    for number in range(50):
        run("pass", f"before {number}")
    assert rule.judged == history[-1:], "each run is judged once"
    assert rule.tested == []
    run("wait()", "it")
    waits = history[-1]
    assert run("pass", "next") == []
    assert rule.tested == [waits]
    assert run("found()", "finds") == [waits]
    rule.stirred = False
    assert run("found()", "finds again") == []
    assert rule.tested == [waits], "what was said is tested, whatever stirs the rule"
    assert run("pass", "refutes") == [waits]
    assert run("pass", "another") == []
    assert rule.tested == []
    rule.stirred = True
    for number in range(PATIENCE):
        run("pass", f"after {number}")
    assert rule.tested == []


def test_a_session_that_is_not_the_one_before_is_looked_at_from_its_start(build):
    rule = Watched()
    waiting = Waiting([rule])
    for _ in range(2):
        history = [build.record("wait()", cell_id="a"), build.record("found()", cell_id="b")]
        assert revisit(history, rules=[rule], waiting=waiting) == history[:1]


def test_no_rule_waits_on_a_cell_without_a_tensor(build):
    """Else each such cell would be tested again after each cell that follows."""
    record = build.record("step = 1\nprint(step)")
    now = build.record("step = 2", cell_id="next")
    waiting = [rule for rule in RULES if rule.waits]
    assert len(waiting) > 5
    asked = [rule.id for rule in waiting if rule.is_stirred(now) and rule.awaits(record)]
    assert asked == []


def test_advice_is_pure():
    """Neither IPython nor PyTorch is imported, and libcst only for a fix."""
    package = Path(jupyterlab_torchprof.__file__).parent
    for path in (*(package / "advice").rglob("*.py"), *(package / "fixes").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & {"torch", "IPython"}, path
    code = (
        "import sys, jupyterlab_torchprof.advice.engine, jupyterlab_torchprof.advice.verify\n"
        "print([m for m in ('torch', 'IPython', 'libcst') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
