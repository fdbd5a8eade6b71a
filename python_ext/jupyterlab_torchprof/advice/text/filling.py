"""Which statements have filled a variable: in the cell that ran, or in a function that it calls."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from ...record import CellRecord, FileText
from .code import read
from .functions import (
    Function,
    arguments_of,
    binds,
    called,
    functions_in,
    functions_of,
    parameters_of,
    returned_by,
)
from .gathering import Gather, Gathered, container_of, gathers
from .names import root_of
from .paths import path_of
from .program import Program, Site
from .sites import functions_reached


class Filling:
    """How the run may have filled a variable, or an attribute, as far as the text tells."""

    def __init__(self, program: Program, variable: str, files: Sequence[FileText] = ()) -> None:
        """``variable`` as the record names it: ``losses``, ``trainer.losses``, ``log["loss"]``.

        ``files``: modules of the user's that are looked at, too.
        """
        own = read(program.record.source)
        in_files = (each for file in files for each in functions_in(file.source))
        self.functions = {**{each.name: each for each in in_files}, **functions_of(program)}
        """The notebook's and the modules', by name."""
        self._own = program.record
        self._variable = variable.partition("[")[0]
        self._reached = functions_reached(program, own.calls if own is not None else ())
        self._reached |= _gone_through(program.record)
        # Cells nearest first: a function may have been defined again.
        self._cells = program.nearest_first
        self._texts: list[CellRecord | FileText] = [*self._cells, *files]

    @cached_property
    def sites(self) -> list[Gathered]:
        """The statements that gather.

        They stand in the cell at top level, or in a function that it calls: one that fills the
        variable itself, or one that returns what is bound to it or added to it.
        """
        direct = self._direct()
        added = self._called(site.gather.value for site in direct)
        bound = self._called(self._bound_to_it())
        return self._returning([*bound, *added]) or self._returned(added, direct) or direct

    def by_libraries(self) -> list[Gathered]:
        """Statements in methods that no text calls: a library may have called them."""
        found = [
            Gathered(code, gather)
            for code in self._texts
            for gather in gathers(code.source)
            if gather.owner is not None
            and gather.function is not None
            and gather.function.name not in self._reached
            and self._is_it(gather.name, gather.function)
        ]
        return found if len({site.gather.owner for site in found}) == 1 else []

    def arguments(self) -> list[Gathered]:
        """What callers pass to the functions that gather: ``loss`` of ``meter.update(loss)``."""
        found: dict[ast.expr, Gathered] = {}
        gathering = [site.gather for site in self._direct()]
        for site, function in self._calls:
            for gather in gathering:
                if gather.function is function and self._is_called_on_it(site, gather):
                    for passed in _passed(site, gather):
                        found.setdefault(passed.gather.value, passed)
        return list(found.values())

    def _direct(self) -> list[Gathered]:
        found = [
            Gathered(cell, gather)
            for cell in self._texts
            for gather in gathers(cell.source)
            if self._is_run(cell, gather.function) and self._is_it(gather.name, gather.function)
        ]
        several = len({site.gather.owner for site in found} - {None}) > 1
        return [site for site in found if not several or site.gather.owner is None]

    def _is_run(self, cell: CellRecord | FileText, function: Function | None) -> bool:
        """Whether the run may have gone through a function, or the top level, of a cell."""
        if function is None:
            return cell is self._own
        latest = self.functions.get(function.name, function)
        return latest is function and function.name in self._reached

    def _is_it(self, name: str | None, function: Function | None) -> bool:
        """Whether a name stands for the variable in a function, or at top level."""
        root = root_of(name or "")
        if name is None or function is None:
            return name == self._variable
        if root not in parameters_of(function):
            return name == self._variable and not binds(function, root)
        if name != root:
            return self._variable.endswith(name[len(root) :])
        return (function, root) in self._given_to

    def _is_called_on_it(self, site: Site, gather: Gather) -> bool:
        """Whether a method is called on the very object whose attribute is the variable."""
        node, root = site.call.node, root_of(gather.name)
        owner = path_of(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if owner is None:
            return True
        around = self.functions.get(site.call.function or "")
        return self._is_it(f"{owner}{gather.name[len(root) :]}", around)

    @cached_property
    def _calls(self) -> list[tuple[Site, Function]]:
        """The calls of the notebook's functions, in code that the run may have gone through."""
        found: list[tuple[Site, Function]] = []
        for cell in self._cells:
            code = read(cell.source)
            for call in code.calls if code is not None else ():
                function = called(call.node, self.functions)
                is_run = cell is self._own or call.reached_by in self._reached
                if is_run and function is not None:
                    found.append((Site(cell, call), function))
        return found

    @cached_property
    def _given_to(self) -> set[tuple[Function, str]]:
        """The parameters of functions that get the variable, or a part of it."""
        return {
            (function, parameter)
            for site, function in self._calls
            for parameter, argument in arguments_of(site.call.node, function)
            if container_of(argument) == self._variable
        }

    def _bound_to_it(self) -> Iterator[ast.expr]:
        """The values that are bound to the variable, or to a tuple with it."""
        for _cell, function, scope in self._scopes():
            for node in (each for each in ast.walk(scope) if isinstance(each, ast.Assign)):
                bound = [
                    part
                    for target in node.targets
                    for part in (target.elts if isinstance(target, ast.Tuple) else [target])
                ]
                if any(self._is_it(container_of(part), function) for part in bound):
                    yield node.value

    def _scopes(self) -> Iterator[tuple[CellRecord | FileText, Function | None, ast.AST]]:
        """The code that the run may have gone through, function by function."""
        code = read(self._own.source)
        if code is not None:
            yield self._own, None, code.tree
        for cell in self._texts:
            for function in functions_in(cell.source):
                if self._is_run(cell, function):
                    yield cell, function, function

    def _called(self, values: Iterable[ast.expr]) -> list[Function]:
        """The functions that values come from: ``train`` of ``total += train()``."""
        found = [called(value, self.functions) for value in values]
        return [function for function in found if function is not None]

    def _returning(self, made: Collection[Function]) -> list[Gathered]:
        """Statements that gather what one of the functions returns."""
        return [
            Gathered(cell, gather)
            for cell in self._texts
            for gather in gathers(cell.source)
            if gather.function is not None
            and gather.function in made
            and any(_has_name(value, gather.name) for value in returned_by(gather.function))
        ]

    def _returned(self, made: Collection[Function], into: Sequence[Gathered]) -> list[Gathered]:
        """Values that a function returns to who gathers them: ``losses.append(step(x))``."""
        return [
            Gathered(cell, _with_value(into[0].gather, value, cell, function))
            for cell, function, scope in (self._scopes() if made else ())
            if function in made
            for value in returned_by(scope)
        ]


def _gone_through(record: CellRecord) -> set[str]:
    """Names of the user's functions that the run was seen in."""
    names = (place.function for place in record.places if place.kind != "library")
    return {name.rpartition(".")[2] for name in names if name is not None}


def _passed(site: Site, gather: Gather) -> Iterator[Gathered]:
    """The arguments of a call that the function gathers."""
    call, function = site.call, gather.function
    around = [each for each in call.parents if isinstance(each, Function)]
    for parameter, argument in arguments_of(call.node, function) if function is not None else ():
        if (call.loops or around) and _has_name(gather.value, parameter):
            own = _with_value(gather, argument, site.record, around[-1] if around else None)
            loop = call.loops[-1] if call.loops else around[-1]
            assert isinstance(loop, (ast.stmt, ast.expr))
            yield Gathered(site.record, replace(own, loop=loop))


def _with_value(
    gather: Gather, value: ast.expr, cell: CellRecord | FileText, function: Function | None
) -> Gather:
    """The gathering of a value that stands elsewhere, in a function or a cell."""
    code = read(cell.source)
    assert code is not None
    loop = gather.loop if function is None else function
    place = code.place(value)
    return replace(gather, value=value, place=place, loop=loop, function=function, owner=None)


def _has_name(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(node))
