"""A run as rules are asked about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from ...derive import line_of
from ...record import Action, CellRecord, FileText, Fix, GradState, Placement
from ..evidence.functions.reached import function_views
from ..evidence.functions.view import FunctionView
from ..evidence.standing import Spot, spot_of
from ..text.code import read
from ..text.program import Program, Site
from .finding import Remedy
from .functions import with_view

_NO_GRAD = GradState()
_NO_PLACEMENT = Placement()


class Case:
    """One record among the runs of its session. Rules don't change anything of it.

    The record may be a `FunctionView`: what the run did within one function of the user's.
    """

    def __init__(self, record: CellRecord, history: Sequence[CellRecord]) -> None:
        """``history``: the session's runs in order, ``record`` and maybe later ones among them."""
        self.record = record
        self.history = history

    @property
    def grad(self) -> GradState:
        """What autograd did; nothing, if that was not seen."""
        return self.record.grad or _NO_GRAD

    @property
    def placement(self) -> Placement:
        """Where tensors were when the run had ended; nowhere, if that was not seen."""
        return self.record.placement or _NO_PLACEMENT

    @cached_property
    def program(self) -> Program:
        """The session's cells up to this run; a module's function sees its own imports."""
        view = function_of(self.record)
        if view is None or view.file is None:
            return Program(self.record, self.history)
        code = read(view.source)
        own = code.imports if code is not None else {}
        return Program(self.record, self.history, imports=own)

    def line(self, place: int | None) -> int | None:
        """The line of the record's text from which a place was reached."""
        return line_of(self.record, place)

    def spot(self, place: int | None) -> Spot | None:
        """Where a place of the record stands; ``None``: its text is not known any more."""
        return spot_of(self.record, self.program.cells, place)

    def edit(
        self,
        change: Callable[[], Fix],
        *sites: Site,
        lines: Iterable[int | None] | None = None,
        code: CellRecord | FileText | None = None,
        actions: Sequence[Action] = (),
    ) -> Callable[[], Remedy]:
        """Change the text; where ``change`` raises `CannotFix`, its message says why not.

        ``sites`` are calls of one cell that the advice is about; without any, ``lines`` of
        ``code``, which is the case's record unless it is given; a line that is not known counts for
        nothing. The change of a module is told to the user. ``change`` may use
        `jupyterlab_torchprof.fixes`, whose modules are imported when they are first used.
        """
        remedy = self._at(sites, lines, code, actions)

        def changed() -> Remedy:
            from ...fixes.cell import CannotFix  # libcst takes a while to import

            try:
                return remedy(fix=change())
            except CannotFix as refusal:
                return remedy(refusal=str(refusal))

        return changed

    def edit_at(
        self,
        site: Site | None,
        change: Callable[[Site], Fix],
        *,
        why_not: str | None = None,
        not_found: str | None = None,
        lines: Iterable[int | None] = (),
    ) -> Callable[[], Remedy]:
        """Change a call, unless ``why_not`` says why no change would help.

        Of a call that was not found the advice is about ``lines`` of the record, and the user is
        told ``why_not`` or, without that, ``not_found``.
        """
        if site is None:
            return self.by_hand(why_not or not_found, lines=lines)
        if why_not:
            return self.by_hand(why_not, site)
        return self.edit(lambda: change(site), site)

    def edit_the_one(
        self,
        sites: Sequence[Site],
        change: Callable[[Site], Fix],
        otherwise: str,
        *,
        lines: Iterable[int | None] = (),
    ) -> Callable[[], Remedy]:
        """Change the only call that there is; of none or several ``otherwise`` is for the user.

        ``lines`` are those of the record that advice without a fix is about.
        """
        site = sites[0] if len(sites) == 1 else None
        return self.edit_at(site, change, not_found=otherwise, lines=lines)

    def by_hand(
        self,
        why: str | None,
        *sites: Site,
        lines: Iterable[int | None] | None = None,
        code: CellRecord | FileText | None = None,
        actions: Sequence[Action] = (),
    ) -> Callable[[], Remedy]:
        """Leave the text to the user: ``why`` says what to do, or why no fix can do it.

        The places are given as for `edit`.
        """
        remedy = self._at(sites, lines, code, actions)
        return lambda: remedy(refusal=why)

    def by_hand_there(self, why: str, place: int | None) -> Callable[[], Remedy]:
        """As `by_hand`, at a place of the record, in whatever cell or module that stands."""
        spot = self.spot(place)
        if spot is None:
            return self.by_hand(why, lines=[self.line(place)])
        return self.by_hand(why, lines=[spot.line], code=spot.code)

    def _at(
        self,
        sites: Sequence[Site],
        lines: Iterable[int | None] | None,
        code: CellRecord | FileText | None,
        actions: Sequence[Action],
    ) -> Callable[..., Remedy]:
        text = sites[0].record if sites and code is None else code
        file = text if isinstance(text, FileText) else None
        cell = text if isinstance(text, CellRecord) and text is not self.record else None
        given = [site.call.line for site in sites] if lines is None else lines
        own = sorted({line for line in given if line is not None})

        def remedy(*, fix: Fix | None = None, refusal: str | None = None) -> Remedy:
            return Remedy(
                fix=fix,
                refusal=refusal,
                lines=list(own),
                code=cell,
                file=file,
                actions=list(actions),
            )

        return remedy


class Cases:
    """All that rules may be asked about one record: the run, and its functions one by one."""

    def __init__(self, record: CellRecord, history: Sequence[CellRecord]) -> None:
        """``history`` as for `Case`."""
        self.run = Case(record, history)

    @cached_property
    def functions(self) -> list[Case]:
        """What the run did in each function of the user's that it went through."""
        run = self.run
        views = function_views(run.record, run.history)
        return [Case(view, with_view(run.history, view)) for view in views]

    def of(self, in_functions: bool) -> Iterable[Case]:
        """The cases of a rule. A function comes first: there a fix is right for all callers."""
        return (*self.functions, self.run) if in_functions else (self.run,)


def function_of(record: CellRecord) -> FunctionView | None:
    """The function that a case's record is a view of; ``None``: it is the whole run."""
    return record if isinstance(record, FunctionView) else None
