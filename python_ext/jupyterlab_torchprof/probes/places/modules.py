"""Files of the user's own modules: which text a piece of running code was compiled from."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from ...source import source_hash

_MOST_BYTES = 200_000
"""Of a file; a longer one is not read. Compiling so much takes a tenth of a second, once."""
_MOST_LINES = 400
"""Of a function whose text is kept."""
_MOST_FILES = 100
_TRAINING = frozenset({"backward", "grad", "step"})
_Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Function:
    """An outermost function of a file, or a method of its classes."""

    first: int
    """Its first line, that of its first decorator, from one."""
    last: int
    characters: int
    around: tuple[range, ...]
    """Lines of the heads of the classes around it."""
    name: str
    mentions: frozenset[str]
    """Names and attributes that its text has."""


@dataclass(frozen=True, slots=True)
class ModuleText:
    """One version of a file."""

    source_hash: str
    lines: list[str]
    functions: list[Function]
    general: frozenset[int]
    """Lines with imports, and with comments to the profiler, outside of functions."""
    compiled: dict[tuple[str, int], list[CodeType]]
    """By name and first line."""

    def function_of(self, code: CodeType) -> Function | None:
        """The function that holds a piece of running code.

        ``None``: the text is not what the code was compiled from, it stands in no function, or in
        one that is too long.
        """
        known = self.compiled.get((code.co_name, code.co_firstlineno), ())
        if not any(_is_same(code, each) for each in known):
            return None
        for function in self.functions:
            if function.first <= code.co_firstlineno <= function.last:
                is_short = function.last - function.first < _MOST_LINES
                return function if is_short else None
        return None

    def callers(self, function: Function) -> list[Function]:
        """The functions through which one that trains may call this, run or not."""
        found, names = [function], {function.name}
        for _round in self.functions:
            new = [each for each in self.functions if each.mentions & names and each not in found]
            if not new:
                break
            found += new
            names = {each.name for each in new}
        callers = found[1:]
        return callers if any(each.mentions & _TRAINING for each in callers) else []

    def excerpt(self, functions: Iterable[Function]) -> str:
        """The text with only these functions, and the imports: all other lines are empty."""
        kept = set(self.general)
        for function in functions:
            kept.update(range(function.first, function.last + 1), *function.around)
        return "\n".join(
            self.lines[number - 1] if number in kept else ""
            for number in range(1, max(kept, default=0) + 1)
        )


@dataclass(slots=True)
class _Known:
    """What was found in a file when it was looked at last."""

    stamp: tuple[int, int] | None = None
    """Time of its last change, in nanoseconds, and its size in bytes."""
    module: ModuleText | None = None


@dataclass(slots=True)
class Modules:
    """The files that were read last, each read once for as long as it does not change."""

    _known: dict[str, _Known] = field(default_factory=dict)

    def find(self, filename: str) -> ModuleText | None:
        """The file as it is now; ``None`` if it cannot be read, or is no Python or very long."""
        try:
            status = Path(filename).stat()
        except OSError:
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(filename)
        if known is None or known.stamp != stamp:
            while len(self._known) >= _MOST_FILES:
                self._known.pop(next(iter(self._known)), None)  # or another thread has done so
            module = _read(filename) if status.st_size <= _MOST_BYTES else None
            known = self._known[filename] = _Known(stamp, module)
        return known.module


FILES = Modules()
"""Those of this process."""


def _read(filename: str) -> ModuleText | None:
    try:
        with tokenize.open(filename) as file:
            text = file.read()
        tree = ast.parse(text)
        code = compile(tree, filename, "exec", dont_inherit=True)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    lines = text.split("\n")
    compiled: dict[tuple[str, int], list[CodeType]] = {}
    for each in codes_in(code):
        compiled.setdefault((each.co_name, each.co_firstlineno), []).append(each)
    functions = list(_functions(tree, lines, ()))
    general = {
        number
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    general |= {
        number
        for number, line in enumerate(lines, 1)
        if line.startswith("#") and "torchprof:" in line
    }
    return ModuleText(source_hash(text), lines, functions, frozenset(general), compiled)


def codes_in(code: CodeType) -> Iterator[CodeType]:
    """All code that is defined within this, at any depth."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from codes_in(constant)


def _functions(node: ast.AST, lines: list[str], around: tuple[range, ...]) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first, last = _first(child), child.end_lineno or child.lineno
            names = {
                getattr(each, "id", None) or getattr(each, "attr", None)
                for each in ast.walk(child)
                if isinstance(each, (ast.Name, ast.Attribute))
            }
            yield Function(
                first=first,
                last=last,
                characters=sum(len(line) + 1 for line in lines[first - 1 : last]),
                around=around,
                name=child.name,
                mentions=frozenset(name for name in names if name),
            )
        elif isinstance(child, ast.ClassDef):
            head = range(_first(child), min(map(_first_line, child.body)))
            yield from _functions(child, lines, (*around, head))


def _first_line(node: ast.stmt) -> int:
    return _first(node) if isinstance(node, _Node) else node.lineno


def _first(node: _Node) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _is_same(running: CodeType, compiled: CodeType) -> bool:
    """Whether two pieces of code do the same on the same lines, with all that is in them."""
    if running != compiled or list(running.co_lines()) != list(compiled.co_lines()):
        return False
    return all(
        _is_same(one, other)
        for one, other in zip(running.co_consts, compiled.co_consts, strict=True)
        if isinstance(one, CodeType)
    )
