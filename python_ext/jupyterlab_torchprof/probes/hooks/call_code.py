"""Sees calls of modules by exchanging the code of ``Module.__call__`` while one is waited for.

Nothing of this can be seen by a compiler: the function stays the same object, no hook stands in
PyTorch's dictionaries, no class has changed. ``torch.compile`` never runs this function in
compiled code: it knows it by identity and compiles what it calls. The other code is made of the
function's own source, so its lines in tracebacks are the same, and no frame is added to them.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator
from types import CodeType, FrameType, FunctionType
from typing import Any, Protocol

from ..objects.kinds import namespace_of
from .frames import keep_frame_out

_MARK = "jupyterlab_torchprof: stands for who is told"
_WATCH, _CALL = "_torchprof_watch", "_torchprof_call"


class CallWatcher(Protocol):
    """Is told of calls while it is armed; must not raise."""

    def entered(self, module: Any) -> Any:
        """A module is about to be called; ``None``: its return does not matter."""

    def left(self, call: Any, module: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """It has returned; ``call`` is what `entered` gave."""

    def failed(self, call: Any) -> None:
        """It has raised."""


class CallSwitch:
    """The exchange of one function's code, for all who watch."""

    def __init__(self, function: FunctionType) -> None:
        """Raises ValueError if the function's source cannot be read."""
        self._function = function
        self._watchers: dict[int, CallWatcher] = {}
        self.original = function.__code__
        self.watched = _watched_code(function.__code__, self)
        keep_frame_out(self.watched, and_below=False)

    def arm(self, watcher: CallWatcher) -> None:
        """Tell ``watcher`` of each call from now on; to arm twice is to arm once."""
        self._watchers[id(watcher)] = watcher
        self._apply()

    def disarm(self, watcher: CallWatcher) -> None:
        """Tell it no more, but of the return of the calls that it knows."""
        if self._watchers.pop(id(watcher), None) is not None:
            self._apply()

    def is_within(self, frame: FrameType | None) -> bool:
        """Whether a call of a module is on the stack from ``frame`` on."""
        while frame is not None:
            if frame.f_code is self.original or frame.f_code is self.watched:
                return True
            frame = frame.f_back
        return False

    def _apply(self) -> None:
        # Without a lock, which a process forked at the wrong moment would never get: of several
        # threads, each looks again after it has written, so the last one to write is right.
        function = self._function
        while True:
            wanted = self.watched if self._watchers else self.original
            now = function.__code__
            if now is wanted or (now is not self.original and now is not self.watched):
                return  # as it should be, or somebody else's by now
            function.__code__ = wanted

    # What the exchanged code calls.

    def enter(self, module: Any) -> list[tuple[CallWatcher, Any]] | None:
        """Tell all who watch."""
        calls = []
        try:
            for watcher in tuple(self._watchers.values()):
                call = watcher.entered(module)
                if call is not None:
                    calls.append((watcher, call))
        except RecursionError:  # the program's own: it is to end in its own code
            return calls or None
        return calls or None

    def leave(
        self,
        calls: list[tuple[CallWatcher, Any]] | None,
        module: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,
    ) -> Any:
        """Tell those who wait for the return, and give back the output."""
        if calls is not None:
            inputs = (*args, *kwargs.values())
            for watcher, call in calls:
                watcher.left(call, module, inputs, output)
        return output

    def fail(self, calls: list[tuple[CallWatcher, Any]] | None) -> None:
        """Tell them that it will not return."""
        for watcher, call in calls or ():
            watcher.failed(call)


_switches: dict[FunctionType, CallSwitch] = {}


def call_switch(module: type) -> CallSwitch:
    """The switch of this ``torch.nn.Module``, one for all who ask.

    Raises:
        ValueError: it is not built as expected, or its source cannot be read.
    """
    function = vars(module).get("_wrapped_call_impl")
    if not isinstance(function, FunctionType):
        raise ValueError("calls of modules cannot be seen: Module._wrapped_call_impl is missing")
    if function not in _switches:
        _switches[function] = CallSwitch(function)
    return _switches[function]


def has_own_call(module: type) -> bool:
    """Whether a class of modules that is not PyTorch's defines ``__call__``."""
    return any(
        "__call__" in namespace_of(cls) and not _is_of_torch(cls) for cls in _subclasses(module)
    )


def _subclasses(cls: type) -> Iterator[type]:
    subclasses: list[type] = type.__subclasses__(cls)
    for subclass in subclasses:
        yield subclass
        yield from _subclasses(subclass)


def _is_of_torch(cls: type) -> bool:
    return str(namespace_of(cls).get("__module__")).partition(".")[0] == "torch"


def _watched_code(original: CodeType, switch: CallSwitch) -> CodeType:
    """The same code that tells ``switch``, with the same positions in the same file."""
    function = _parsed(original)
    if not _is_same(_compiled(function, original), original):
        raise ValueError("calls of modules cannot be seen: PyTorch's source is not what runs")
    code = _compiled(_watching(function), original)
    constants = tuple(switch if value == _MARK else value for value in code.co_consts)
    changes: dict[str, Any] = {"co_consts": constants}
    if sys.version_info >= (3, 11):
        changes["co_qualname"] = original.co_qualname
    return code.replace(**changes)


def _parsed(original: CodeType) -> ast.FunctionDef:
    lines = linecache.getlines(original.co_filename)[original.co_firstlineno - 1 :]
    if not lines:
        raise ValueError("calls of modules cannot be seen: PyTorch's source is missing")
    # A block around it lets it stand as far to the right as in the file.
    tree = ast.parse("if True:\n" + "".join(inspect.getblock(lines)))
    ast.increment_lineno(tree, original.co_firstlineno - 2)
    outer = tree.body[0]
    assert isinstance(outer, ast.If)
    function = outer.body[0]
    assert isinstance(function, ast.FunctionDef)
    return function


def _compiled(function: ast.FunctionDef, original: CodeType) -> CodeType:
    tree = ast.Module(body=[function], type_ignores=[])
    outer = compile(tree, original.co_filename, "exec", dont_inherit=True)
    return next(value for value in outer.co_consts if isinstance(value, CodeType))


def _is_same(code: CodeType, original: CodeType) -> bool:
    def essence(code: CodeType) -> tuple[Any, ...]:
        return code.co_code, code.co_names, code.co_varnames, code.co_freevars

    return essence(code) == essence(original)


def _watching(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function, changed: it reports its start, each return and a failure."""
    first = function.body[0]
    begin = ast.parse(f"{_WATCH} = {_MARK!r}\n{_CALL} = {_WATCH}.enter(self)").body
    guard = ast.parse(f"try:\n pass\nexcept BaseException:\n {_WATCH}.fail({_CALL})\n raise").body[
        0
    ]
    assert isinstance(guard, ast.Try)
    guard.body = [_Returns().visit(statement) for statement in function.body]
    for added in (*begin, *guard.handlers):
        _place(added, first)
    ast.copy_location(guard, first)
    function.body = [*begin, guard]
    return function


class _Returns(ast.NodeTransformer):
    """Passes what is returned through the switch."""

    def visit_Return(self, node: ast.Return) -> ast.Return:
        call = ast.parse(f"{_WATCH}.leave({_CALL}, self, args, kwargs)", mode="eval").body
        assert isinstance(call, ast.Call)
        _place(call, node)
        call.args.append(node.value or _place(ast.Constant(None), node))
        return ast.copy_location(ast.Return(call), node)


def _place(tree: Any, like: ast.AST) -> Any:
    for node in ast.walk(tree):
        ast.copy_location(node, like)
    return tree
