"""From records to advice: asks every rule, and asks again when later cells have run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec.structs import replace

from ..record import Advice, CellRecord
from .catalogue import RULES
from .lifetime import cell_key
from .notebook import Later, NotebookCell, Outlook
from .rule import Rule

_REVISITED = 100
_SEVERITIES = ("high", "medium", "low", "info")

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
    rules: Sequence[Rule[Any]] = RULES,
) -> list[Advice]:
    """The advice on ``record``: most severe first, then what saves most; nothing is changed.

    ``rules_on``: rules to ask that are off by default. ``history`` holds all records of the
    session in the order they ran, ``record`` and later ones among them; ``notebook`` the cells of
    the notebook, run or not, ``None`` if they are not known. A remark on the session is left out
    if another record has it. A rule that fails does not stop the others: its exception goes to
    ``on_failure``, or, without one, is raised when all have been asked.
    """
    failures = _Failures(on_failure)
    later = Later(notebook, history)
    found: list[Advice] = []
    for rule in _asked(rules, rules_off, rules_on):
        if rule.once and any(_has(run, rule) for run in history if run is not record):
            continue
        with failures.of(rule):
            advice = rule.advise(record, history, later)
            if advice is not None:
                found.append(advice)
    failures.raise_first()
    return sorted(found, key=_order)


def revisit(
    history: Sequence[CellRecord],
    *,
    rules_off: Collection[str] = (),
    rules_on: Collection[str] = (),
    notebook: Sequence[NotebookCell] | None = None,
    on_failure: OnFailure | None = None,
    rules: Sequence[Rule[Any]] = RULES,
) -> list[CellRecord]:
    """Bring the advice of rules that wait up to date with what has run since.

    Of each cell the latest run is looked at, if it is among the last hundred runs; after so many
    the matter rests. Advice that had to wait is added to its record, advice that later cells have
    refuted is removed, and advice that still holds stays the very same, but for whether its fix is
    safe (see `reconsider`); on all records advice goes whose rule is off. The last record is left
    to `advise`. Returns the records that it changed, in the order they ran.
    """
    failures = _Failures(on_failure)
    later = Later(notebook, history)
    waiting = [rule for rule in _asked(rules, rules_off, rules_on) if rule.waits]
    changed: list[CellRecord] = []
    rerun = {cell_key(record) for record in history[-1:]}
    is_new = all(run.source_hash != history[-1].source_hash for run in history[:-1])
    oldest = len(history) - _REVISITED
    for index in range(len(history) - 2, -1, -1):
        record = history[index]
        if index < oldest and not (record.advice and rules_off):
            continue
        current = {advice.rule: advice for advice in record.advice if advice.rule not in rules_off}
        if index >= oldest and cell_key(record) not in rerun:
            rerun.add(cell_key(record))
            for rule in waiting:
                with failures.of(rule):
                    _revisit(rule, record, history, later, current)
            for rule in rules if is_new and current else ():  # else the texts are what they were
                with failures.of(rule):
                    _judge(rule, record, history, later, current)
        if _update(record, current):
            changed.append(record)
    failures.raise_first()
    return changed[::-1]


def reconsider(
    history: Sequence[CellRecord],
    notebook: Sequence[NotebookCell] | None,
    *,
    on_failure: OnFailure | None = None,
    rules: Sequence[Rule[Any]] = RULES,
) -> list[CellRecord]:
    """Bring advice up to date with a notebook that was edited.

    Advice goes where a cell needs what it would take away, and its fix is safe or not by what the
    texts say now. Returns the records that it changed, in the order they ran.
    """
    failures = _Failures(on_failure)
    later = Later(notebook, history)
    changed: list[CellRecord] = []
    for record in history[-_REVISITED:]:
        current = {advice.rule: advice for advice in record.advice}
        for rule in rules if current else ():
            with failures.of(rule):
                _judge(rule, record, history, later, current)
        if _update(record, current):
            changed.append(record)
    failures.raise_first()
    return changed


def _revisit(
    rule: Rule[Any],
    record: CellRecord,
    history: Sequence[CellRecord],
    later: Later,
    current: dict[str, Advice],
) -> None:
    if rule.id not in current:
        advice = rule.advise(record, history, later)
        if advice is not None:
            current[rule.id] = advice
    elif rule.test(record, history) is None:
        del current[rule.id]


def _judge(
    rule: Rule[Any],
    record: CellRecord,
    history: Sequence[CellRecord],
    later: Later,
    current: dict[str, Advice],
) -> None:
    """Judge advice again whose proof is what later cells do not want."""
    advice = current.get(rule.id)
    if advice is None or not rule.minds_later:
        return
    finding = rule.test(record, history)
    if finding is None:
        return
    outlook, fix = rule.judge(finding, later), advice.fix
    is_safe = outlook is Outlook.SAFE
    if outlook is Outlook.NEEDED:
        del current[rule.id]
    elif fix is not None and fix.safe != is_safe:
        current[rule.id] = replace(advice, fix=replace(fix, safe=is_safe))


def _update(record: CellRecord, current: dict[str, Advice]) -> bool:
    """Give a record its advice as it is now; whether it changed."""
    known = {advice.rule: advice for advice in record.advice}
    same = known.keys() == current.keys() and all(known[rule] is current[rule] for rule in known)
    if not same:
        record.advice = sorted(current.values(), key=_order)
    return not same


def _asked(
    rules: Sequence[Rule[Any]], rules_off: Collection[str], rules_on: Collection[str]
) -> list[Rule[Any]]:
    return [
        rule
        for rule in rules
        if rule.id not in rules_off and (rule.on_by_default or rule.id in rules_on)
    ]


def _has(record: CellRecord, rule: Rule[Any]) -> bool:
    return any(advice.rule == rule.id for advice in record.advice)


def _order(advice: Advice) -> tuple[int, float, float]:
    """What saves most comes first among advice of one severity: memory, then time."""
    prediction = advice.prediction
    saving = prediction.before - prediction.after if prediction is not None else 0.0
    in_bytes = prediction is not None and prediction.unit == "bytes"
    return (
        _SEVERITIES.index(advice.severity),
        -saving if in_bytes else 0.0,
        0.0 if in_bytes else -saving,
    )


class _Failures:
    """Catches what rules raise."""

    def __init__(self, on_failure: OnFailure | None) -> None:
        self._on_failure = on_failure
        self._first: Exception | None = None

    @contextmanager
    def of(self, rule: Rule[Any]) -> Iterator[None]:
        """A block in which ``rule`` may fail."""
        try:
            yield
        except Exception as error:  # the other rules must still be asked
            if self._on_failure is not None:
                self._on_failure(f"rule {rule.id}", error)
            elif self._first is None:
                self._first = error

    def raise_first(self) -> None:
        """Raise what nobody was told."""
        if self._first is not None:
            raise self._first
