"""The body of a function as if it were a cell: its text, and fixes of that text put back.

The function stands in a cell or in a module, of which only a part may be known.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO

from msgspec.structs import replace

from ....fixes.apply import apply_edits
from ....fixes.mask import mask
from ....fixes.syntax import identifiers, parse
from ....fixes.text import Text
from ....record import Fix, Position, TextEdit
from ....source import source_hash
from .one_line import below_its_head

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_END = "pass"
"""Ends the text, so that no expression is the last, which a cell would show."""


_WORKS = re.compile(r"_*(eval|fit|generate|infer|predict|sample|score|test|train|valid)")
"""Names of methods of modules that work with the module as a whole."""


@dataclass(frozen=True, slots=True)
class Body:
    """The body of one function of a cell or a module.

    Its text has the lines of the cell, so that numbers of lines are the same: those of other code
    are empty, the function's head is a comment, and the body begins at the margin. Of a module its
    imports stay: the function sees no others.
    """

    name: str
    source: str
    cell: str
    """The cell's whole text."""
    indent: str
    """What stands before the body on its lines; of a function of one line, its head."""
    shifts: dict[int, int]
    """Code points that were taken off a line, by its number from one."""

    @property
    def names(self) -> set[str]:
        """All names that the cell uses."""
        return identifiers(parse(self.cell))

    def put_back(self, fix: Fix, cell_id: str | None) -> Fix | None:
        """The fix of `source` as one of the cell.

        ``None`` if it cannot be one: the result would not be the same program.
        """
        own = source_hash(self.source)
        edits = [edit for edit in fix.edits if edit.source_hash == own]
        moved = self._all_moved(edits, cell_id)
        if not edits or not self._is_same(edits, moved):
            return None
        others = [edit for edit in fix.edits if edit.source_hash != own]
        return replace(fix, edits=[*moved, *others])

    def _all_moved(self, edits: list[TextEdit], cell_id: str | None) -> list[TextEdit]:
        if not self.indent.strip():
            return [self._moved(edit, cell_id) for edit in edits]
        (line,) = self.shifts
        own = (self.cell, self.source, edits)
        return [below_its_head(*own, line=line, head=self.indent, cell_id=cell_id)]

    def _moved(self, edit: TextEdit, cell_id: str | None) -> TextEdit:
        lines = edit.new_text.split("\n")
        newline = Text(self.cell).newline(edit.start.line + 1)
        indented = [
            line if not index or (not line and index < len(lines) - 1) else self.indent + line
            for index, line in enumerate(lines)
        ]
        return TextEdit(
            cell_id=cell_id,
            source_hash=source_hash(self.cell),
            start=self._at(edit.start),
            end=self._at(edit.end),
            new_text=newline.join(indented),
        )

    def _at(self, position: Position) -> Position:
        # What is taken off are blanks, which are as long in every encoding.
        shift = self.shifts.get(position.line + 1, 0)
        return Position(line=position.line, column=position.column + shift)

    def _is_same(self, edits: list[TextEdit], moved: list[TextEdit]) -> bool:
        """Whether the changed cell has the changed body, and nothing else has changed."""
        try:
            wanted = parse(apply_edits(self.source, edits))
            cell = apply_edits(self.cell, moved)
            found = functions_of(parse(cell))
            before = functions_of(parse(self.cell))
        except (SyntaxError, ValueError):
            return False
        index = next(i for i, (name, node) in enumerate(before) if self._is_mine(name, node))
        if len(found) <= index or found[index][0] != before[index][0]:
            return False
        return [ast.dump(each) for each in (*found[index][1].body, ast.Pass())] == [
            ast.dump(each) for each in wanted.body
        ]

    def _is_mine(self, name: str, node: _Function) -> bool:
        return name == self.name and node.body[0].lineno in self.shifts


@lru_cache(maxsize=256)
def body_of(source: str, function: str, line: int, *, is_module: bool = False) -> Body | None:
    """The body of the function of this qualified name that holds a line of a cell or a module.

    ``None``: the text has none, it begins on the last of several lines of its head, or it is the
    computation of a module. Of a function of one line the head is taken off.
    """
    try:
        tree = parse(source)
    except SyntaxError:
        return None
    functions = functions_of(tree)
    last = function.rpartition(".")[2]
    holding = [
        (name, node)
        for name, node in functions
        if node.lineno <= line <= (node.end_lineno or node.lineno)
        and last == name.rpartition(".")[2]
    ]
    if not holding:
        return None
    name, node = holding[-1]
    if _is_a_modules_own(name, tree):
        return None
    first, end = node.body[0].lineno, node.end_lineno or node.lineno
    text, masked = Text(source), mask(source)
    if masked.foreign_magic is not None or masked.escapes_within(_head(node), end):
        return None
    before = text.line(first).encode()[: node.body[0].col_offset].decode()
    indent = before if before.strip() else text.indent(first)
    if before.strip() and not first == end == node.lineno:
        return None
    inside = _within_strings(source)
    imports = set(_import_lines(tree)) if is_module else ()
    lines: list[str] = []
    shifts: dict[int, int] = {}
    for number in range(1, len(text.lines) + 1):
        content = text.line(number)
        if _head(node) <= number < first:
            content = f"# {content}"
        elif not first <= number <= end:
            content = content if number in imports else ""
        elif content.startswith(indent) and number not in inside:
            content = content[len(indent) :]
            shifts[number] = len(indent)
        lines.append(content)
    return Body(name, "\n".join([*lines, _END]), source, indent, shifts)


def _import_lines(tree: ast.Module) -> Iterator[int]:
    """Lines of the imports at top level."""
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _is_a_modules_own(name: str, tree: ast.Module) -> bool:
    """Whether the function computes for a module, as ``forward`` does: who calls it decides."""
    owner, _dot, own = name.rpartition(".")
    if not owner or _WORKS.match(own):
        return False
    return any(
        isinstance(node, ast.ClassDef)
        and node.name == owner.rpartition(".")[2]
        and any(_last(base) == "Module" for base in node.bases)
        for node in ast.walk(tree)
    )


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _head(node: _Function) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def functions_of(tree: ast.Module) -> list[tuple[str, _Function]]:
    """Functions by qualified name, outer ones first."""
    found: list[tuple[str, _Function]] = []

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{prefix}{child.name}"
                if not isinstance(child, ast.ClassDef):
                    found.append((name, child))
                inner = f"{name}."
            visit(child, inner)

    visit(tree, "")
    return found


def _within_strings(source: str) -> frozenset[int]:
    """Lines that begin within a string."""
    return frozenset(_string_lines(source))


def _string_lines(source: str) -> Iterator[int]:
    try:
        for token in tokenize.generate_tokens(StringIO(source).readline):
            if token.type in _STRINGS:
                yield from range(token.start[0] + 1, token.end[0] + 1)
    except (tokenize.TokenError, SyntaxError):
        return


_STRINGS = {
    getattr(tokenize, name)
    for name in ("STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE")
    if hasattr(tokenize, name)
}
