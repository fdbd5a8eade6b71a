"""Imports among the parts of the package, its files and folders, go in no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import jupyterlab_torchprof
import pytest

NAME = jupyterlab_torchprof.__name__
ROOT = Path(jupyterlab_torchprof.__file__).parent


def parts_imported(text: str, package: str) -> set[str]:
    """The parts that a module of a package imports when it is imported itself."""
    names = {name for node in _run(ast.parse(text)) for name in _names(node, package)}
    return {name.split(".")[1] for name in names if name.startswith(f"{NAME}.")}


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run upon an import: no function's, and none that is for types only."""
    for child in ast.iter_child_nodes(node):
        is_later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        if not is_later and not (isinstance(child, ast.If) and _is_for_types(child)):
            yield child
            yield from _run(child)


def _is_for_types(node: ast.If) -> bool:
    return "TYPE_CHECKING" in ast.unparse(node.test)


def _names(node: ast.AST, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = resolve_name("." * node.level + (node.module or ""), package)
    return [f"{base}.{alias.name}" for alias in node.names]


def test_no_part_imports_itself_by_way_of_another():
    graph: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        inner = path.relative_to(ROOT)
        part = inner.parts[0].removesuffix(".py")
        package = ".".join((NAME, *inner.parts[:-1]))
        found = parts_imported(path.read_text(encoding="utf-8"), package)
        graph.setdefault(part, set()).update(found - {part})
    assert {"deliver", "document", "quote"} <= graph.keys()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("from ..record import Place", {"record"}),
        ("from .. import record, quote", {"record", "quote"}),
        ("from .quote import short", {"deliver"}),
        (f"import {NAME}.record", {"record"}),
        ("try:\n    from ..record import Place\nexcept ImportError:\n    pass", {"record"}),
        ("def later():\n    from ..record import Place", set()),
        ("if TYPE_CHECKING:\n    from ..record import Place", set()),
        ("import torch", set()),
    ],
)
def test_what_an_import_brings(text, parts):
    assert parts_imported(text, f"{NAME}.deliver") == parts
