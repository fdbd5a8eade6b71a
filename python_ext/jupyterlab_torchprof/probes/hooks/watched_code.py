"""Code of a function that tells a switch of each call, made of the function's own source.

Its lines are the same in tracebacks, and no frame is added to them.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any

_MARK = "jupyterlab_torchprof: stands for who is told"
_WATCH, _CALL = "_torchprof_watch", "_torchprof_call"
_MOST_LINES = 5000
_OTHERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
"""What has returns, and names, of its own."""
_SUSPENDING = (ast.Yield, ast.YieldFrom, ast.Await)


def watched_code(original: CodeType, owner: str, switch: Any) -> CodeType:
    """The code of a method of the class ``owner`` that tells ``switch``, with the same positions.

    ``switch`` has ``enter(module)``, ``leave(calls, module, args, kwargs, output)`` and
    ``fail(calls)``.

    Raises:
        ValueError: the source cannot be read, is not what runs, or does what is not followed.
    """
    function, before = _parsed(original), list[ast.stmt]()
    if not _is_same(_compiled(function, original, owner, before), original):
        # Methods of what a file imports are called in another way than those of other things.
        before = _imports(original)
        if not _is_same(_compiled(function, original, owner, before), original):
            raise ValueError("calls of modules cannot be seen: the source is not what runs")
    code = _compiled(_watching(function), original, owner, before)
    constants = tuple(switch if value == _MARK else value for value in code.co_consts)
    changes: dict[str, Any] = {"co_consts": constants}
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = original.co_qualname
    return code.replace(**changes)


def _parsed(original: CodeType) -> ast.FunctionDef:
    lines = linecache.getlines(original.co_filename)[original.co_firstlineno - 1 :]
    if not lines:
        raise ValueError("calls of modules cannot be seen: the source is missing")
    # A block around it lets it stand as far to the right as in the file.
    tree = ast.parse("if True:\n" + "".join(inspect.getblock(lines)))
    ast.increment_lineno(tree, original.co_firstlineno - 2)
    outer = tree.body[0]
    function = outer.body[0] if isinstance(outer, ast.If) else None
    if not isinstance(function, ast.FunctionDef):
        raise ValueError("calls of modules cannot be seen: the source is no function")
    return function


def _imports(original: CodeType) -> list[ast.stmt]:
    """What the function's file imports at its top level."""
    lines = linecache.getlines(original.co_filename)
    pending: list[ast.AST] = list(reversed(ast.parse("".join(lines[:_MOST_LINES])).body))
    found: list[ast.stmt] = []
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found.append(node)
        elif not isinstance(node, (*_OTHERS, ast.expr)):
            pending.extend(ast.iter_child_nodes(node))
    return found


def _compiled(
    function: ast.FunctionDef, original: CodeType, owner: str, before: list[ast.stmt]
) -> CodeType:
    """Within a class of the same name, which ``super()`` and private names need."""
    around = ast.parse(f"class {owner}: pass").body[0]
    assert isinstance(around, ast.ClassDef)
    around.body = [function]
    body = [*before, _place(around, function, deep=False)]
    tree = ast.Module(body=body, type_ignores=[])
    outer = compile(tree, original.co_filename, "exec", dont_inherit=True)
    for code in _codes_in(outer):
        if (code.co_name, code.co_firstlineno) == (original.co_name, original.co_firstlineno):
            return code
    raise ValueError("calls of modules cannot be seen: the source has no such function")


def _codes_in(code: CodeType) -> Iterator[CodeType]:
    for value in code.co_consts:
        if isinstance(value, CodeType):
            yield value
            yield from _codes_in(value)


def _is_same(code: CodeType, original: CodeType) -> bool:
    def essence(code: CodeType) -> tuple[Any, ...]:
        return code.co_code, code.co_names, code.co_varnames, code.co_freevars

    return essence(code) == essence(original)


def _watching(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function, changed: it reports its start, each return and a failure."""
    first = function.body[0]
    module, args, kwargs = _arguments(function)
    leave = f"{_WATCH}.leave({_CALL}, {module}, {args}, {kwargs})"
    begin = ast.parse(f"{_WATCH} = {_MARK!r}\n{_CALL} = {_WATCH}.enter({module})").body
    guard = ast.parse(f"try:\n pass\nexcept BaseException:\n {_WATCH}.fail({_CALL})\n raise").body[
        0
    ]
    assert isinstance(guard, ast.Try)
    returns, last = _Returns(leave), function.body[-1]
    guard.body = [returns.visit(statement) for statement in function.body]
    if not isinstance(last, (ast.Return, ast.Raise)):
        guard.body.append(returns.visit(_place(ast.Return(None), last)))
    for added in (*begin, *guard.handlers):
        _place(added, first)
    ast.copy_location(guard, first)
    function.body = [*begin, guard]
    return function


def _arguments(function: ast.FunctionDef) -> tuple[str, str, str]:
    """The module, the other arguments as a tuple, and those by name as a dictionary or ``None``.

    Only names: whatever they stand for when it returns, to read them cannot fail.
    """
    given = function.args
    positional = [each.arg for each in (*given.posonlyargs, *given.args)]
    named = [each.arg for each in given.kwonlyargs]
    others = [each.arg for each in (given.vararg, given.kwarg) if each is not None]
    if not positional or _may_unbind(function, {*positional, *named, *others}):
        raise ValueError("calls of modules cannot be seen: arguments may be gone")
    if any(isinstance(node, _SUSPENDING) for node in ast.walk(function)):
        raise ValueError("calls of modules cannot be seen: they can be suspended")
    if not positional[1:] and not named and given.vararg is not None and given.kwarg is not None:
        return positional[0], given.vararg.arg, given.kwarg.arg
    every = "".join(f"{each}, " for each in (*positional[1:], *others[:1], *named, *others[1:]))
    return positional[0], f"({every})", "None"


def _may_unbind(function: ast.FunctionDef, names: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del) and node.id in names:
            return True
        if isinstance(node, ast.ExceptHandler) and node.name in names:
            return True
    return False


class _Returns(ast.NodeTransformer):
    """Passes what the function returns through the switch."""

    def __init__(self, leave: str) -> None:
        self._leave = leave

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, _OTHERS) else super().visit(node)

    def visit_Return(self, node: ast.Return) -> ast.Return:
        call = ast.parse(self._leave, mode="eval").body
        assert isinstance(call, ast.Call)
        _place(call, node)
        call.args.append(node.value or _place(ast.Constant(None), node))
        return ast.copy_location(ast.Return(call), node)


def _place(tree: Any, like: ast.AST, *, deep: bool = True) -> Any:
    for node in ast.walk(tree) if deep else (tree,):
        ast.copy_location(node, like)
    return tree
