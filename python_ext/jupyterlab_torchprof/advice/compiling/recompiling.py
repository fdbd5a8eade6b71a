"""``torch.compile``, where it keeps starting over."""

from __future__ import annotations

import re
from collections.abc import Callable

from ... import fixes
from ...record import RaisedWarning
from ..grammar import Case, Finding, Remedy, Rule
from ..text.program import Program, Site
from .reasons import changed, check_of

_LIMIT = ("recompile_limit", "cache_size_limit")
_REASON = re.compile(r"last reason: (?:\d+/\d+: )?(.+)")
_SIZES = re.compile(r"size mismatch|stride mismatch|\.size\(\)")


class RecompileStorm(Rule):
    """A compiled function got inputs of so many kinds that it was compiled until the limit, and now
    runs without being compiled.

    Evidence: The compiler's own message that its recompile limit was reached.

    Fix: Passes `dynamic=True` to `torch.compile`, so that sizes may change.

    Silent: Below the limit.

    Sources:
        https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html

    Notes: The fix is refused where the compiler names another reason than a size, which `dynamic`
    would not mend, where the call decides already, or where there are several; what can be done
    about that reason is told.
    """

    id = "recompile-storm"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The line of the compiler's log that says so."""
        raised = next(filter(is_limit, case.record.warnings), None)
        if raised is None:
            return None
        message, reason = raised.message.strip().splitlines()[0], _reason(raised)
        facts = [f"The compiler said: {message.rstrip('.')}."]
        if reason:
            facts.append(f"Its last reason: {check_of(reason)}.")
        return Finding(
            title="A compiled function was compiled again until its limit.",
            explanation=(
                "torch.compile makes code for the sizes, types and values that it has seen, and "
                "again for new ones, up to a limit; from then on the function runs as it stands "
                "for all that is new."
            ),
            evidence=facts,
            remedy=let_sizes_change(case, reason, [case.line(raised.place)]),
        )


def is_limit(raised: RaisedWarning) -> bool:
    """Whether the compiler says that it compiles a function no more."""
    return raised.category == "log" and any(word in raised.message for word in _LIMIT)


def _reason(raised: RaisedWarning) -> str:
    """The check that failed last, with the source that follows it."""
    found = _REASON.search(raised.message)
    return found.group(1) if found is not None else ""


def let_sizes_change(case: Case, reason: str, lines: list[int | None]) -> Callable[[], Remedy]:
    """Pass ``dynamic=True``, if the reason is a size."""
    if not _SIZES.search(check_of(reason)):
        cause = changed(reason)
        what, remedy = "", "Keep what changes out of the compiled function, or pass it as a tensor."
        if cause is not None:
            what, remedy = f" but {cause.what}", cause.remedy
        return case.by_hand(
            f"No size made it start over{what}, so dynamic=True would not help. {remedy}",
            lines=lines,
        )
    sites = _compilations(case.program)
    if len({(site.record.run_id, site.call.place) for site in sites}) != 1:
        why = "Pass dynamic=True to the torch.compile of that function."
        return case.by_hand(why, lines=lines)
    site = sites[0]
    return case.edit(
        lambda: fixes.training_loop.write_argument(
            site.record.source,
            [site.call.place],
            "dynamic",
            "True",
            cell_id=site.record.cell_id,
        ),
        site,
    )


def _compilations(program: Program) -> list[Site]:
    """Calls of ``torch.compile``, and of the method of what was a module after some run.

    ``re`` and ``pattern`` compile, too.
    """
    placements = [run.placement for run in program.runs if run.placement is not None]
    modules = {module.path for placement in placements for module in placement.modules}
    methods = [site for site in program.methods("compile") if site.call.receiver in modules]
    return [*program.calls("torch.compile"), *methods]
