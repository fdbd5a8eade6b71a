"""The texts of the user's own modules in whose functions something happened."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from types import CodeType
from typing import Any

from ..health import Health
from ..record import CellRecord, FileText
from .base import CellRun, Probe
from .places.modules import FILES, Function, ModuleText

MOST_CHARACTERS = 64_000
"""Of functions in one run; one that would be too much is left out."""
_REMEMBERED = 200


class ModuleTextsProbe(Probe):
    """Writes the text that advice can speak of, and says in the places which have one.

    A function has a text only if what ran is what that text compiles to, so a file that was edited
    since its import is looked at where its lines are still the same.
    """

    name = "module texts"

    def __init__(self, health: Health) -> None:
        """No file has been read."""
        super().__init__(health)
        self._texts: dict[tuple[object, ...], FileText] = {}
        """So that runs which use the same functions share their text."""

    def end(self, run: CellRun, record: CellRecord) -> None:
        """Find the functions of files above all that happened, and keep their text."""
        codes = dict(run.places.codes_of_files())
        look_up = _LookUp()
        found: dict[str, tuple[ModuleText, list[Function]]] = {}
        left = MOST_CHARACTERS
        for index in sorted(_above(record, _events(record))) if codes else ():
            code, place = codes.get(index), record.places[index]
            known = None if code is None else look_up.functions_of(code)
            if known is None or place.path is None:
                continue
            module, wanted = known
            functions = found.setdefault(place.path, (module, []))[1]
            new = [each for each in wanted if each not in functions]
            size = sum(each.characters for each in new)
            if size > left:
                continue
            left -= size
            functions += new
            place.source_hash = module.source_hash
        record.files = [
            self._text(path, module, functions)
            for path, (module, functions) in found.items()
            if functions
        ]

    def _text(self, path: str, module: ModuleText, functions: list[Function]) -> FileText:
        key = (path, module.source_hash, *sorted(function.first for function in functions))
        known = self._texts.pop(key, None)
        if known is None:
            known = FileText(
                path=path, source=module.excerpt(functions), source_hash=module.source_hash
            )
            while len(self._texts) >= _REMEMBERED:
                del self._texts[next(iter(self._texts))]
        self._texts[key] = known
        return known


class _LookUp:
    """What the files of one run have. Holds no code: only for as long as others do."""

    def __init__(self) -> None:
        self._files: dict[str, ModuleText | None] = {}
        self._functions: dict[int, tuple[ModuleText, list[Function]] | None] = {}

    def functions_of(self, code: CodeType) -> tuple[ModuleText, list[Function]] | None:
        """The function that holds a piece of running code, and those through which it trains."""
        if id(code) not in self._functions:
            self._functions[id(code)] = self._find(code)
        return self._functions[id(code)]

    def _find(self, code: CodeType) -> tuple[ModuleText, list[Function]] | None:
        name = code.co_filename
        if name not in self._files:
            self._files[name] = FILES.find(name)
        module = self._files[name]
        function = None if module is None else module.function_of(code)
        if module is None or function is None:
            return None
        return module, [function, *module.callers(function)]


def _events(record: CellRecord) -> Iterator[int | None]:
    """The places in which something happened that advice is given on."""
    lists: list[list[Any]] = [
        *(record.moves, record.loads, record.transfers),
        *(record.data_loading, record.optimizers, record.warnings),
    ]
    if record.grad is not None:
        grad = record.grad
        lists += [grad.forwards, grad.forward_graphs, grad.backward_places, grad.step_places]
    return (each.place for each in chain.from_iterable(lists))


def _above(record: CellRecord, places: Iterator[int | None]) -> set[int]:
    """These places and all that they were reached from."""
    found: set[int] = set()
    for place in places:
        above = place
        while above is not None and above not in found:
            found.add(above)
            above = record.places[above].parent
    return found
