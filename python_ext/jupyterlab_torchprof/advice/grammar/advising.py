"""From what a rule finds to the advice that users get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from ...record import Advice, Fix
from ..text.notebook import Later, Outlook
from ..text.silence import is_silenced, silence
from .case import Case, Cases
from .finding import Finding
from .functions import how_it_was_reached, of_the_cell
from .measuring import is_measured
from .rule import Rule


def find(rule: Rule, cases: Cases) -> tuple[Case, Finding] | None:
    """What a rule finds first, and about which of the cases."""
    for case in cases.of(rule.in_functions):
        finding = rule.find(case)
        if finding is not None:
            return case, finding
    return None


def judge(rule: Rule, finding: Finding, later: Later) -> Outlook:
    """What later cells mean for the fix, as far as that can be known."""
    if not rule.minds_later:
        return Outlook.SAFE
    outlook = Outlook.SAFE if finding.outlook is None else finding.outlook(later)
    return Outlook.UNSAFE if outlook is Outlook.SAFE and not later.is_known else outlook


def advise(rule: Rule, cases: Cases, later: Later) -> Advice | None:
    """A rule's advice on one record, if there is any."""
    found = find(rule, cases)
    return None if found is None else advice_of(rule, cases, later, *found)


def advice_of(
    rule: Rule, cases: Cases, later: Later, case: Case, finding: Finding
) -> Advice | None:
    """The advice that what a rule has found comes to, if it is to be given."""
    outlook = judge(rule, finding, later)
    if outlook is Outlook.NEEDED:
        return None
    record = cases.run.record
    remedy = of_the_cell(finding.remedy_given(later), case.record)
    code = remedy.code or record
    text = code.source if remedy.file is None else remedy.file.source
    texts = ((text, remedy.lines), (record.source, ()), (case.record.source, ()))
    if any(is_silenced(text, rule.id, lines) for text, lines in texts):
        return None
    if case is cases.run and rule.in_functions and any(_is_turned_off(rule, cases.functions)):
        return None
    if is_measured(rule.alters, cases.run, case, remedy):
        return None
    return Advice(
        rule=rule.id,
        severity=finding.severity or rule.severity,
        cell_id=record.cell_id,
        title=finding.title,
        explanation=finding.explanation,
        evidence=[*finding.evidence, *how_it_was_reached(case.record)],
        prediction=finding.prediction,
        lines=remedy.lines,
        fix=_as_safe_as(outlook, remedy.fix),
        refusal=remedy.refusal,
        code_cell_id=code.cell_id if code.cell_id != record.cell_id else None,
        code_path=None if remedy.file is None else remedy.file.path,
        actions=remedy.actions,
        leftover=rule.leftover,
    )


def _is_turned_off(rule: Rule, functions: Iterable[Case]) -> Iterator[bool]:
    """Of each function that the run went through, whether the user wants silence somewhere in it.

    What is not said of the function must not be said of the line that calls it.
    """
    for case in functions:
        off = silence(case.record.source, rule.id)
        yield off.everywhere or bool(off.lines)


def _as_safe_as(outlook: Outlook, fix: Fix | None) -> Fix | None:
    if fix is None or not fix.safe or outlook is Outlook.SAFE:
        return fix
    return replace(fix, safe=False)
