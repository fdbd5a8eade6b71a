"""Proof that a wrapped cell is the same program: its syntax tree is the old one, wrapped."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .syntax import check_compiles, parse
from .torch_name import NoGrad


@dataclass(frozen=True, slots=True)
class Change:
    """What a fix claims to do."""

    spans: list[tuple[int, int]]
    """First and last lines of the statements that it wraps, in the text before."""
    no_grad: NoGrad
    display_name: str | None
    """Name that the shown value gets."""


def holds(source: str, fixed: str, change: Change) -> bool:
    """Whether ``fixed`` compiles and is ``source`` with ``change`` and nothing else."""
    try:
        before, after = parse(source), parse(fixed)
        check_compiles(fixed)
    except SyntaxError:
        return False
    importing = _import_index(before, change)
    wrapped = _Wrapper(change).wrap(before.body)
    if importing is not None:  # it stands above all that is wrapped
        wrapped.insert(importing, ast.parse("import torch").body[0])
    if change.display_name is not None:
        _show(wrapped, change.display_name)
    return ast.dump(ast.Module(wrapped, [])) == ast.dump(ast.Module(after.body, []))


def _import_index(tree: ast.Module, change: Change) -> int | None:
    if change.no_grad.import_line is None:
        return None
    return next(
        index
        for index, statement in enumerate(tree.body)
        if statement.lineno >= change.no_grad.import_line
    )


class _Wrapper:
    """Wraps statements of a syntax tree by their lines."""

    def __init__(self, change: Change) -> None:
        self._spans = change.spans
        self._expression = change.no_grad.expression

    def wrap(self, block: list[ast.stmt]) -> list[ast.stmt]:
        """The block with the spans wrapped that are in it or below it."""
        result: list[ast.stmt] = []
        open_span: tuple[int, int] | None = None
        for statement in block:
            span = next((s for s in self._spans if s[0] <= statement.lineno <= s[1]), None)
            if span is None:
                self._wrap_below(statement)
                result.append(statement)
            elif span == open_span:
                last = result[-1]
                assert isinstance(last, ast.With)
                last.body.append(statement)
            else:
                context = ast.parse(self._expression, mode="eval").body
                result.append(ast.With([ast.withitem(context, None)], [statement]))
            open_span = span
        return result

    def _wrap_below(self, node: ast.AST) -> None:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, self.wrap(block))
        for name in ("handlers", "cases"):
            for part in getattr(node, name, ()):
                self._wrap_below(part)


def _show(block: list[ast.stmt], name: str) -> None:
    last = block[-1]
    assert isinstance(last, ast.With)
    shown = last.body[-1]
    assert isinstance(shown, ast.Expr)
    last.body[-1] = ast.Assign([ast.Name(name, ast.Store())], shown.value)
    block.append(ast.Expr(ast.Name(name, ast.Load())))
