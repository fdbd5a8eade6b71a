"""What a cell's text calls, and where: the half of the evidence that stands in the source.

Places are those of the text as the user wrote it: lines from one, columns in code points from
zero, so that a fix finds the same node again (`fixes.rewrite.Rewrite.call`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from ...fixes.syntax import parse
from ...fixes.text import Text
from ...record import CellRecord

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

_CONSTRUCTORS = ("__init__", "__new__", "__post_init__")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node's code stands, without parentheses around it."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(slots=True)
class Call:
    """One call."""

    name: str
    """The function as written: ``torch.load``, ``model.to``; ``?.to`` where the receiver is no
    plain chain of names."""
    node: ast.Call
    place: Place
    parents: tuple[ast.AST, ...]
    """What it stands in, outermost first, up to the cell."""

    @property
    def line(self) -> int:
        """First line."""
        return self.place.line

    @property
    def method(self) -> str:
        """The last part of the name."""
        return self.name.rpartition(".")[2]

    @property
    def module(self) -> str:
        """What is called if it is a module, also by its ``forward``."""
        return self.name.removesuffix(".forward")

    @property
    def receiver(self) -> str:
        """What stands before the last dot; empty for a plain function."""
        return self.name.rpartition(".")[0]

    @property
    def keywords(self) -> dict[str, ast.expr]:
        """Keyword arguments by name; ``**`` ones are not among them."""
        return {word.arg: word.value for word in self.node.keywords if word.arg is not None}

    @property
    def has_double_star(self) -> bool:
        """It passes keywords in a dict, which may hold any."""
        return any(word.arg is None for word in self.node.keywords)

    @property
    def loops(self) -> tuple[ast.AST, ...]:
        """The loops around it in its own function whose bodies repeat it, outermost first."""
        inner: list[ast.AST] = []
        way = (*self.parents, self.node)
        for index, (parent, child) in enumerate(pairwise(way)):
            if isinstance(parent, (*_FUNCTIONS, ast.ClassDef)):
                inner = []
            elif isinstance(parent, _LOOPS):
                head = parent.test if isinstance(parent, ast.While) else parent.iter
                if child is not head or isinstance(parent, ast.While):
                    inner.append(parent)
            elif isinstance(parent, _COMPREHENSIONS):
                first = parent.generators[0]
                if child is not first or way[index + 2] is not first.iter:
                    inner.append(parent)
        return tuple(inner)

    @property
    def function(self) -> str | None:
        """Name of the innermost function around it, ``"<lambda>"``; ``None`` at top level."""
        return None if self._around is None else getattr(self._around[0], "name", "<lambda>")

    @property
    def reached_by(self) -> str | None:
        """`function` as its callers write it."""
        name, owner = self.function, None if self._around is None else self._around[1]
        if name is None or not isinstance(owner, ast.ClassDef):
            return name
        return written_name(name, owner.name)

    @property
    def _around(self) -> tuple[ast.AST, ast.AST | None] | None:
        """The innermost function, and what that stands in."""
        for depth in range(len(self.parents) - 1, -1, -1):
            if isinstance(self.parents[depth], _FUNCTIONS):
                return self.parents[depth], self.parents[depth - 1] if depth else None
        return None

    @property
    def statement(self) -> ast.stmt:
        """The innermost statement that it is a part of."""
        return next(parent for parent in reversed(self.parents) if isinstance(parent, ast.stmt))

    @property
    def is_statement(self) -> bool:
        """It is a statement of its own, so that nobody uses its value."""
        return isinstance(self.parents[-1], ast.Expr)


def written_name(function: str, owner: str) -> str:
    """A method's name as its callers write it: of a constructor it is the name of the class."""
    return owner if function in _CONSTRUCTORS else function


@dataclass(slots=True)
class Code:
    """One parsed cell. Don't change it: it is shared."""

    source: str
    tree: ast.Module
    calls: list[Call] = field(default_factory=list)
    """In the order of the text; of a chain the outermost first."""
    imports: dict[str, str] = field(default_factory=dict)
    """What names stand for by the cell's imports: ``{"F": "torch.nn.functional"}``."""

    def place(self, node: ast.expr | ast.stmt) -> Place:
        """Where a node stands."""
        return _place(Text(self.source), node)


@lru_cache(maxsize=512)
def read(source: str) -> Code | None:
    """A cell's code; ``None`` if its text cannot be read."""
    try:
        tree = parse(source)
    except SyntaxError:
        return None
    code = Code(source, tree)
    text = Text(source)
    stack: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while stack:
        node, parents = stack.pop()
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            code.calls.append(Call(name, node, _place(text, node), parents[1:]))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            code.imports.update(_imported(node))
        inside = (*parents, node)
        stack.extend((child, inside) for child in reversed(list(ast.iter_child_nodes(node))))
    return code


def dotted(node: ast.expr) -> str:
    """A chain of names as text: ``torch.nn.Linear``; ``?`` stands for anything else in it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


def resolve(name: str, imports: Mapping[str, str]) -> str:
    """A dotted name with its first part replaced by what was imported under it.

    >>> resolve("F.relu", {"F": "torch.nn.functional"})
    'torch.nn.functional.relu'
    """
    first, dot, rest = name.partition(".")
    return imports.get(first, first) + dot + rest


def imports_of(records: Sequence[CellRecord]) -> dict[str, str]:
    """What names stand for by the imports of all these cells, later ones prevailing."""
    return imports_in(record.source for record in records)


def imports_in(texts: Iterable[str]) -> dict[str, str]:
    """What names stand for by the imports of all these texts, later ones prevailing."""
    found: dict[str, str] = {}
    for text in texts:
        code = read(text) if "import" in text else None
        found.update(code.imports if code is not None else {})
    return found


def _place(text: Text, node: ast.expr | ast.stmt) -> Place:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Place(
        node.lineno,
        _code_points(text, node.lineno, node.col_offset),
        end_line,
        _code_points(text, end_line, end_column),
    )


def _code_points(text: Text, line: int, utf8_offset: int) -> int:
    content = text.line(line)
    if content.isascii():
        return utf8_offset
    return len(content.encode("utf-8", "surrogatepass")[:utf8_offset].decode("utf-8", "ignore"))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.Import):
            # "import torch.nn" binds torch, "import torch.nn as nn" does not.
            what = alias.name if alias.asname else alias.name.split(".")[0]
            yield alias.asname or what, what
        elif not node.level and node.module and alias.name != "*":
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
