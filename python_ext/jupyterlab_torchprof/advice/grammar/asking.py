"""What a rule advises where a library has the loop: in its words, at the user's constructor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ... import fixes
from ...record import CellRecord
from ...words import enumerate_words
from ..evidence.functions.view import run_of
from ..evidence.loops import Loop, loop_of
from ..text.program import Program
from ..text.settings import Argument, Setting
from .case import Case
from .finding import Remedy


@dataclass(frozen=True, slots=True)
class Asked:
    """Arguments of a library's constructor that do what a rule advises."""

    loop: Loop
    values: Mapping[str, str]
    """What each gets, as Python writes it."""
    without: tuple[str, ...]
    """Arguments beside which they would be refused."""

    @property
    def constructor(self) -> str:
        """The class that takes them, as the user wrote it."""
        site = self.loop.constructor
        return self.loop.library.constructor if site is None else site.call.method

    @property
    def written(self) -> str:
        """The arguments as code: ``optim="adamw_torch_fused"`` between backticks."""
        return enumerate_words([f"`{name}={value}`" for name, value in self.values.items()])

    @property
    def words(self) -> str:
        """The arguments, and where they go."""
        return f"{self.written} in `{self.constructor}`"


def ask(
    case: Case,
    place: int | None,
    wanted: Mapping[Setting, str | None],
    *,
    evaluating: bool = False,
) -> Asked | None:
    """How the library that has the loop takes what a rule wants; ``None``: it is none's matter.

    ``place``: of what happened in the loop; ``wanted``: settings and what they should be, ``None``
    where only one value does it; ``evaluating``: of the evaluation's loader.
    """
    loop = loop_around(case, place)
    torch = case.placement.torch_name or "torch"
    return None if loop is None else asked_in(loop, wanted, evaluating=evaluating, torch=torch)


def asked_in(
    loop: Loop,
    wanted: Mapping[Setting, str | None],
    *,
    evaluating: bool = False,
    torch: str = "torch",
) -> Asked | None:
    """The same for a loop that is known; ``torch``: the notebook's name of the module."""
    values: dict[str, str] = {}
    without: list[str] = []
    for setting, wish in wanted.items():
        argument = loop.library.arguments.get(setting)
        value = None if argument is None else wish or argument.value
        if argument is None or value is None:
            return None
        values[_name(argument, evaluating)] = value.replace("{torch}", torch)
        without += argument.without
    return Asked(loop, values, tuple(without))


def loop_around(case: Case, place: int | None) -> Loop | None:
    """The library's loop in which something happened."""
    return loop_of(_program(case), case.record, place)


def at_constructor(
    case: Case, asked: Asked, title: str, *, lines: Iterable[int | None] = ()
) -> Callable[[], Remedy]:
    """Set the arguments where the user constructs what takes them; else say which to set.

    ``lines`` of the record are what the advice is about where no such call is found.
    """
    site = asked.loop.constructor
    if site is None:
        return case.by_hand(f"Set {asked.words}.", lines=lines)
    program = _program(case)
    elsewhere = next((name for name in asked.values if _is_set_elsewhere(program, name)), None)
    if elsewhere is not None:
        return case.by_hand(f"A cell sets `{elsewhere}` itself: set {asked.written} there.", site)
    return case.edit(
        lambda: fixes.construct.set_arguments(
            site,
            asked.values,
            title,
            positional=asked.loop.library.positional,
            without=asked.without,
        ),
        site,
    )


def _name(argument: Argument, evaluating: bool) -> str:
    return argument.evaluating or argument.name if evaluating else argument.name


def _program(case: Case) -> Program:
    """The session's cells up to the run, of which a function's view is no part."""
    run: CellRecord = run_of(case.record)
    return case.program if run is case.record else Program(run, case.history)


def _is_set_elsewhere(program: Program, name: str) -> bool:
    """Whether some cell sets an argument by an attribute, a key or ``set_params``."""
    pattern = rf"\.{name}\s*=(?!=)|['\"]{name}['\"]|set_params\([^)]*\b{name}\b"
    return any(name in cell.source and re.search(pattern, cell.source) for cell in program.cells)
