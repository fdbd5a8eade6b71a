"""Which module a forward is of, by variable, and where cells set its mode."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...derive import line_of
from ...record import CellRecord, FileText, Forwards, PlacedModule
from ..text.code import Call, Code, dotted, read
from ..text.functions import DEFINITIONS, Function, functions_in, parameters_of
from ..text.paths import path_of
from .functions.view import FunctionView


@dataclass(frozen=True, slots=True)
class Root:
    """A root module of the namespace that a line uses."""

    name: str
    """How it is written there: ``model``, ``lab.model``; in a function maybe as an argument."""
    module: PlacedModule

    @property
    def variable(self) -> str:
        """The notebook's variable, or what of one it is."""
        return self.module.path


def root_of_forwards(
    record: CellRecord, history: Sequence[CellRecord], entry: Forwards
) -> Root | None:
    """The variable of the module whose forwards a line began; ``None`` if it is not certain.

    It may be an attribute of an object, as in ``trainer.model``.
    """
    code, line = read(record.source), line_of(record, entry.place)
    if code is None or record.placement is None or line is None:
        return None
    statement = innermost(code, line)
    if statement is None:
        return None
    roots = [
        module
        for module in record.placement.modules
        if module.class_name == entry.module and _is_plain(module.path)
    ]
    named = paths_in(statement)
    mentioned = [module for module in roots if module.path in named]
    if not mentioned:  # a function may use the variable itself
        named = set().union(*map(paths_in, called_functions(record, history, line)))
        mentioned = [module for module in roots if module.path in named]
    if len(mentioned) == 1:
        return Root(mentioned[0].path, mentioned[0])
    return _root_in_function(record, entry) if isinstance(record, FunctionView) else None


def _is_plain(path: str) -> bool:
    """Whether a path is a name, or names with dots between them."""
    return all(map(str.isidentifier, path.split(".")))


def _root_in_function(record: CellRecord, entry: Forwards) -> Root | None:
    """The only module of its class, if the line calls one thing that can only be it.

    A function names its arguments as it likes, and finds a module in an object's attribute: of
    several it is the only one in an attribute of that name.
    """
    placement = record.placement
    modules = placement.modules if placement is not None else []
    roots = [module for module in modules if module.class_name == entry.module]
    name = name_in_function(record, entry)
    if name is not None and "." in name and len(roots) > 1:
        roots = [module for module in roots if _last(module.path) == _last(name)]
    return Root(name, roots[0]) if name is not None and len(roots) == 1 else None


def name_in_function(record: CellRecord, entry: Forwards) -> str | None:
    """What a line of a function calls, if it is the only thing there that can be the module.

    Of several, as in ``self.loss(self.model(x), y)``, it is the one that is called as a module of
    its class is, or the method's own object.
    """
    code = read(record.source) if isinstance(record, FunctionView) else None
    if code is None or not isinstance(record, FunctionView):
        return None
    modules = record.placement.modules if record.placement is not None else []
    known = {_last(each.path) for each in modules if each.class_name == entry.module}
    own = {f"{each}.{name}" for each in _parameters(record) for name in known}
    line = line_of(record, entry.place)
    calls = {
        call.module
        for call in code.calls
        if call.line == line and (call.module in own or _may_be_module(call, code.imports))
    }
    if len(calls) > 1:
        known |= {"self"} if _class_of(record) == entry.module else set()
        calls = {name for name in calls if _last(name) in known}
    return calls.pop() if len(calls) == 1 else None


def _parameters(view: FunctionView) -> set[str]:
    found = [each for each in functions_in(view.code.source) if each.name == view.name]
    return {name for each in found for name in parameters_of(each)}


def _class_of(method: FunctionView) -> str:
    return _last(method.function.rpartition(".")[0])


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _may_be_module(call: Call, imports: Mapping[str, str]) -> bool:
    """Whether a plain name or an attribute of ``self`` is called, and no function of a library."""
    first, dot, rest = call.module.partition(".")
    if first in imports or first in vars(builtins):
        return False
    return not dot or (first == "self" and "." not in rest)


def is_trained(root: Root, history: Sequence[CellRecord]) -> bool:
    """Whether an optimizer of the session has parameters of a module.

    Of which module they are is known for those in variables, not for all in attributes.
    """
    theirs = {root.variable} if root.variable.isidentifier() else {root.variable, None}
    return any(each.module in theirs for run in history for each in run.optimizers)


def innermost(code: Code, line: int) -> ast.stmt | None:
    """The smallest statement that holds a line; of a compound one only its head is meant."""
    found: ast.stmt | None = None
    for node in ast.walk(code.tree):
        if not isinstance(node, ast.stmt):
            continue
        holds = node.lineno <= line <= (node.end_lineno or node.lineno)
        if holds and (found is None or _length(node) <= _length(found)):
            found = node
    return found


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno


def names_in(node: ast.AST) -> set[str]:
    """Variables that are mentioned below a node."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def paths_in(node: ast.AST) -> set[str]:
    """Variables, attributes and items that are mentioned below a node, as records write them."""
    return {path for path in map(path_of, ast.walk(node)) if path is not None}


def mode_calls(source: str, name: str | None = None) -> Iterator[tuple[Call, bool]]:
    """Calls that set a module's mode, and whether to training; ``name``: of this one only."""
    if "train" not in source and "eval" not in source:
        return
    code = read(source)
    for call in code.calls if code is not None else ():
        if call.method not in ("train", "eval") or not call.receiver:
            continue
        if name is None or f"{call.receiver}.".startswith(f"{name}."):
            first = call.node.args[0] if call.node.args else None
            off = isinstance(first, ast.Constant) and first.value is False
            yield call, call.method == "train" and not off


def called_functions(
    record: CellRecord,
    history: Sequence[CellRecord],
    line: int | None = None,
    files: Sequence[FileText] = (),
) -> list[Function]:
    """Functions of the notebook that a line of the cell calls, and those that they call.

    Without ``line``: that any of it calls. ``files``: modules whose functions count, too.
    """
    code = read(record.source)
    if code is None:
        return []
    every = [each for each in code.tree.body if not isinstance(each, DEFINITIONS)]
    own = every if line is None else [innermost(code, line)]
    texts = [*(file.source for file in files), *(run.source for run in history)]
    known = {node.name: node for text in texts for node in functions_in(text)}
    found: dict[str, Function] = {}
    pending: list[ast.AST] = [each for each in own if each is not None]
    while pending:
        for name in _called(pending.pop()):
            if name in known and name not in found:
                found[name] = known[name]
                pending.append(known[name])
    return list(found.values())


def _called(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield dotted(each.func).rpartition(".")[2]
