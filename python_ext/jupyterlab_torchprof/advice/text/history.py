"""Whether a text computes a value from something that has lost its history."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from .code import Code, dotted, resolve

_CUTTING = ("detach", "item", "tolist", "numpy", "argmax")
_MAKING = ("torch.tensor", "torch.as_tensor", "torch.from_numpy", "torch.FloatTensor")
_BINDING = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr)
_LOSSES = ("loss", "criterion")


def cut(
    code: Code, value: ast.expr, imports: Mapping[str, str], losses: Collection[str]
) -> tuple[int, str] | None:
    """The call that cuts a value off, with its line: ``.detach()``, ``torch.tensor(…)``.

    Followed is what the value is made of in the first place: what a method is called on, the first
    argument of a function of PyTorch's or of a loss, and what the same text binds to a name. Not
    followed are further arguments, which may be targets, and what goes into a model. ``losses``:
    variables that hold modules without parameters.
    """
    seen: set[str] = set()
    at: ast.expr | None = value
    while at is not None:
        if isinstance(at, ast.Name):
            if at.id in seen:
                return None
            seen.add(at.id)
            at = bound_to(code, at.id, at.lineno)
            continue
        if not isinstance(at, ast.Call):
            return None
        name = dotted(at.func)
        whole = resolve(name, imports)
        if whole in _MAKING:
            return at.lineno, f"{whole}(…)"
        first = at.args[0] if at.args else None
        if whole.startswith("torch.") or name in losses:
            at = first
        elif isinstance(at.func, ast.Attribute) and not _is_loss(name):
            if at.func.attr in _CUTTING:
                return at.func.end_lineno or at.lineno, f".{at.func.attr}()"
            at = at.func.value
        else:
            at = first if _is_loss(name) else None
    return None


def lines_behind(code: Code, name: str, line: int | None) -> set[int]:
    """The lines of the statements above a line that a name's value goes back to."""
    found: set[int] = set()
    pending, seen = [name], set[str]()
    while pending:
        at = pending.pop()
        if at in seen:
            continue
        seen.add(at)
        for node in ast.walk(code.tree):
            if not isinstance(node, (*_BINDING, ast.For)) or (line and node.lineno > line):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if at not in {ast.unparse(each) for target in targets for each in _names(target)}:
                continue
            value = node.iter if isinstance(node, ast.For) else node.value
            if value is None:
                continue
            found.update(range(node.lineno, (value.end_lineno or node.lineno) + 1))
            pending += [ast.unparse(each) for each in _names(value)]
    return found


def _names(node: ast.AST) -> list[ast.expr]:
    """Names and attributes in an expression."""
    return [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]


def bound_to(code: Code, name: str, line: int | None) -> ast.expr | None:
    """The value that the latest assignment to a name, above a line, gives it."""
    found: ast.Assign | None = None
    for node in ast.walk(code.tree):
        if not isinstance(node, ast.Assign) or name not in map(ast.unparse, node.targets):
            continue
        is_above = line is None or node.lineno < line
        if is_above and (found is None or node.lineno > found.lineno):
            found = node
    return None if found is None else found.value


def _is_loss(name: str) -> bool:
    last = name.rpartition(".")[2].lower()
    return any(word in last for word in _LOSSES)
