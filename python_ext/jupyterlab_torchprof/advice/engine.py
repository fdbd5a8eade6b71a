"""From records to advice: asks every rule, and asks again when later cells have run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from ..advice_order import advice_order
from ..record import Advice, CellRecord
from .catalogue import RULES
from .grammar import Case, Rule, advising
from .grammar.case import Cases
from .grammar.functions import is_about, of_the_cell
from .text.notebook import Later, NotebookCell, Outlook
from .waiting import PATIENCE, Waiting

OnFailure = Callable[[str, Exception], None]
"""Gets the rule's id, as ``"rule no-grad-inference"``, and what it raised."""


def advise(
    record: CellRecord,
    history: Sequence[CellRecord],
    *,
    rules_off: Collection[str] = (),
    rules_on: Collection[str] = (),
    notebook: Sequence[NotebookCell] | None = None,
    on_failure: OnFailure | None = None,
    rules: Sequence[Rule] = RULES,
    advised: Iterable[CellRecord] | None = None,
) -> list[Advice]:
    """The advice on ``record``: most severe first, then what saves most; nothing is changed.

    ``rules_on``: rules to ask that are off by default. ``history`` holds all records of the
    session in the order they ran, ``record`` and later ones among them; ``notebook`` the cells of
    the notebook, run or not, ``None`` if they are not known. A remark on the session is left out
    if another record has it; ``advised`` are those that have advice, if they are known. A rule
    that fails does not stop the others: its exception goes to ``on_failure``, or, without one, is
    raised when all have been asked.
    """
    failures = _Failures(on_failure)
    later, cases = Later(notebook, history), Cases(record, history)
    found: list[Advice] = []
    said: set[str] | None = None
    for rule in _asked(rules, rules_off, rules_on):
        if rule.once:
            said = _said(history if advised is None else advised, record) if said is None else said
            if rule.id in said:
                continue
        try:
            advice = advising.advise(rule, cases, later)
        except Exception as error:  # the other rules must still be asked
            failures.add(rule, error)
        else:
            if advice is not None:
                found.append(advice)
    failures.raise_first()
    return sorted(found, key=advice_order)


def revisit(
    history: Sequence[CellRecord],
    *,
    rules_off: Collection[str] = (),
    rules_on: Collection[str] = (),
    notebook: Sequence[NotebookCell] | None = None,
    on_failure: OnFailure | None = None,
    rules: Sequence[Rule] = RULES,
    waiting: Waiting | None = None,
) -> list[CellRecord]:
    """Bring the advice of rules that wait up to date with what has run since.

    Of each cell the latest run is looked at, if it is among the last hundred runs; after so many
    the matter rests. Advice that had to wait is added to its record, advice that later cells have
    refuted is removed, and advice that still holds stays the very same, but for whether its fix is
    safe (see `reconsider`); on all records advice goes whose rule is off. The last record is left
    to `advise`. ``waiting`` is what is known of the session from the last call, so that only what
    is new is looked at. Returns the records that it changed, in the order they ran.
    """
    failures = _Failures(on_failure)
    waiting = Waiting(rules) if waiting is None else waiting
    waiting.follow(history)
    later = Later(notebook, history)
    changed = _without(history[:-1], rules_off) if waiting.turned_off(rules_off) else []
    asked = {rule.id: rule for rule in _asked(rules, rules_off, rules_on) if rule.waits}
    stirred = {id_ for id_, rule in asked.items() if history and rule.is_stirred(history[-1])}
    for _number, record, its_rules in waiting.earlier():
        if not record.advice and stirred.isdisjoint(its_rules):
            continue
        current = {advice.rule: advice for advice in record.advice}
        due = stirred.union(asked.keys() & current.keys()) if current else stirred
        cases = Cases(record, history)
        for rule in its_rules.values():
            if rule.id in due:
                try:
                    _revisit(rule, cases, later, current)
                except Exception as error:
                    failures.add(rule, error)
        if _update(record, current):
            changed.append(record)
    if waiting.has_new_text:  # else the texts are what they were
        changed += _judged(history[:-1], history, later, rules, failures)
    failures.raise_first()
    return _in_order(changed, history)


def reconsider(
    history: Sequence[CellRecord],
    notebook: Sequence[NotebookCell] | None,
    *,
    on_failure: OnFailure | None = None,
    rules: Sequence[Rule] = RULES,
) -> list[CellRecord]:
    """Bring advice up to date with a notebook that was edited.

    Advice goes where a cell needs what it would take away; its fix is safe or not by what the texts
    say now, and another one where the change depends on them. Returns the records that it changed,
    in the order they ran.
    """
    failures = _Failures(on_failure)
    changed = _judged(history, history, Later(notebook, history), rules, failures)
    failures.raise_first()
    return changed


def _judged(
    records: Sequence[CellRecord],
    history: Sequence[CellRecord],
    later: Later,
    rules: Sequence[Rule],
    failures: _Failures,
) -> list[CellRecord]:
    """Judge the advice of the last of these records again; returns those that changed."""
    changed: list[CellRecord] = []
    minding = {rule.id: rule for rule in rules if rule.minds_later}
    for record in records[-PATIENCE:]:
        if not record.advice:
            continue
        current = {advice.rule: advice for advice in record.advice}
        cases = Cases(record, history)
        for rule_id in minding.keys() & current.keys():
            try:
                _judge(minding[rule_id], cases, later, current)
            except Exception as error:
                failures.add(minding[rule_id], error)
        if _update(record, current):
            changed.append(record)
    return changed


def _revisit(rule: Rule, cases: Cases, later: Later, current: dict[str, Advice]) -> None:
    found, known = advising.find(rule, cases), current.get(rule.id)
    if known is not None and found is not None and _still_holds(rule, known, found[0]):
        return
    advice = None if found is None else advising.advice_of(rule, cases, later, *found)
    if advice is not None:
        current[rule.id] = advice
    else:
        current.pop(rule.id, None)


def _still_holds(rule: Rule, advice: Advice, case: Case) -> bool:
    """Whether advice is of the case that its rule speaks of now.

    It is not where what it was said of trains by now, and who called it does not.
    """
    return not rule.in_functions or is_about(advice, case.record)


def _judge(rule: Rule, cases: Cases, later: Later, current: dict[str, Advice]) -> None:
    """Judge advice again whose proof is what later cells do not want."""
    found = advising.find(rule, cases)
    if found is None:
        return
    (case, finding), advice = found, current[rule.id]
    if finding.remedy_before is not None:  # the very change depends on the texts
        fresh = advising.advice_of(rule, cases, later, case, finding)
        if fresh is None:
            del current[rule.id]
        elif fresh != advice:
            current[rule.id] = fresh
        return
    outlook, fix = advising.judge(rule, finding, later), advice.fix
    if outlook is Outlook.NEEDED:
        del current[rule.id]
    elif fix is not None:
        is_safe = outlook is Outlook.SAFE
        if is_safe and not fix.safe:  # was it so because of the texts, or by itself?
            own = of_the_cell(finding.remedy_given(later), case.record).fix
            is_safe = own is not None and own.safe
        if fix.safe != is_safe:
            current[rule.id] = replace(advice, fix=replace(fix, safe=is_safe))


def _update(record: CellRecord, current: dict[str, Advice]) -> bool:
    """Give a record its advice as it is now; whether it changed."""
    known = {advice.rule: advice for advice in record.advice}
    same = known.keys() == current.keys() and all(known[rule] is current[rule] for rule in known)
    if not same:
        record.advice = sorted(current.values(), key=advice_order)
    return not same


def _asked(
    rules: Sequence[Rule], rules_off: Collection[str], rules_on: Collection[str]
) -> list[Rule]:
    if not rules_off and not rules_on:
        return _defaults(tuple(rules))
    return [
        rule
        for rule in rules
        if rule.id not in rules_off and (rule.on_by_default or rule.id in rules_on)
    ]


@lru_cache(maxsize=4)
def _defaults(rules: tuple[Rule, ...]) -> list[Rule]:
    """Those that are on by default. Don't change the result."""
    return [rule for rule in rules if rule.on_by_default]


def _said(runs: Iterable[CellRecord], record: CellRecord) -> set[str]:
    """The rules that have spoken on other records."""
    return {advice.rule for run in runs if run is not record for advice in run.advice}


def _without(history: Sequence[CellRecord], rules_off: Collection[str]) -> list[CellRecord]:
    """Take the advice of rules that are off from all records; returns those that had some."""
    changed: list[CellRecord] = []
    for record in history:
        left = [advice for advice in record.advice if advice.rule not in rules_off]
        if len(left) < len(record.advice):
            record.advice = left
            changed.append(record)
    return changed


def _in_order(changed: list[CellRecord], history: Sequence[CellRecord]) -> list[CellRecord]:
    """Each record once, in the order they ran."""
    if len(changed) < 2:
        return changed
    ids = set(map(id, changed))
    return [record for record in history if id(record) in ids]


class _Failures:
    """Catches what rules raise."""

    def __init__(self, on_failure: OnFailure | None) -> None:
        self._on_failure = on_failure
        self._first: Exception | None = None

    def add(self, rule: Rule, error: Exception) -> None:
        """``rule`` has raised it."""
        if self._on_failure is not None:
            self._on_failure(f"rule {rule.id}", error)
        elif self._first is None:
            self._first = error

    def raise_first(self) -> None:
        """Raise what nobody was told."""
        if self._first is not None:
            raise self._first
