"""How running code writes what it calls just now, or goes through: ``model``, ``self.head``.

Read from the positions of the compiled code, so neither its variables nor any object is looked at:
to ask a frame for its locals would keep them alive before Python 3.13.
"""

from __future__ import annotations

import ast
import linecache
from itertools import islice
from types import CodeType, FrameType
from typing import Any

from ..objects.paths import Step, Trail, root_name, variable, write

_MOST_LINES = 400
_ITERATING = frozenset({"enumerate", "iter"})
"""Built-in functions that ask what they get first for an iterator."""
_Loop = (ast.For, ast.AsyncFor)
_Comprehension = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def called_in(frame: FrameType) -> str | None:
    """What the frame is calling: ``net.body`` of ``net.body(x)``; ``None`` if it has no name.

    Who calls ``net.body.forward(x)`` calls ``net.body``.
    """
    node = _node_at(frame)
    if not isinstance(node, ast.Call):
        return None
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr == "forward":
        called = called.value
    return _written(called, frame)


def owner_called_in(frame: FrameType, method: str) -> str | None:
    """Whose method the frame is calling: ``optimizer`` of ``optimizer.step()``."""
    node = _node_at(frame)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _written(node.func.value, frame) if node.func.attr == method else None
    return None


def iterated_in(frame: FrameType) -> str | None:
    """What the frame begins to go through: ``loader`` of ``for batch in loader:``."""
    node: Any = _node_at(frame)
    if isinstance(node, _Loop):
        node = node.iter
    elif isinstance(node, _Comprehension):
        node = node.generators[0].iter
    if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name):
        is_builtin = node.func.id in _ITERATING and not _is_own(node.func.id, frame)
        node = node.args[0] if is_builtin else None
    return _written(node, frame)


def _node_at(frame: FrameType) -> ast.stmt | ast.expr | None:
    """The syntax that the frame is executing, where Python tells positions (since 3.11)."""
    code = frame.f_code
    positions: Any = getattr(code, "co_positions", None)
    if positions is None:
        return None
    line, last, start, end = next(islice(positions(), frame.f_lasti // 2, None), (None,) * 4)
    if line is None or last is None or start is None or end is None or last - line > _MOST_LINES:
        return None
    lines = [text.encode() for text in linecache.getlines(code.co_filename)[line - 1 : last]]
    if len(lines) != last - line + 1 or lines[0][:start].rstrip().endswith(b"."):
        return None  # of a method on a line of its own only the name is left
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        (statement,) = ast.parse(b"".join(lines)).body
    except (SyntaxError, ValueError):
        return _in_brackets(lines)
    return statement.value if isinstance(statement, ast.Expr) else statement


def _in_brackets(lines: list[bytes]) -> ast.expr | None:
    """An expression that goes on over lines because brackets are around it."""
    try:
        return ast.parse(b"(" + b"".join(lines) + b"\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _written(node: ast.AST | None, frame: FrameType) -> str | None:
    """A name with attributes and constant items, if the code knows the name.

    Written as `paths` write it, however the program does. The text of a file may have changed since
    it was compiled.
    """
    trail = None if node is None else _trail(node)
    if trail is None or not _is_known(root_name(trail), frame.f_code):
        return None
    if trail[0] is None and not _is_own(root_name(trail), frame):
        return None  # a built-in function: `map(model, batches)`
    return write(trail)


def _trail(node: ast.AST) -> Trail | None:
    if isinstance(node, ast.Name):
        return variable(node.id)
    if isinstance(node, ast.Attribute):
        owner = _trail(node.value)
        return None if owner is None else (owner, Step.ATTRIBUTE, node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner = _trail(node.value)
        return None if owner is None else (owner, Step.ITEM, node.slice.value)
    return None


def _is_known(name: str, code: CodeType) -> bool:
    return name in code.co_names or _is_local(name, code)


def _is_local(name: str, code: CodeType) -> bool:
    return name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars


def _is_own(name: str, frame: FrameType) -> bool:
    """Whether a name is the program's own and no built-in one."""
    return _is_local(name, frame.f_code) or name in dict.keys(frame.f_globals)
