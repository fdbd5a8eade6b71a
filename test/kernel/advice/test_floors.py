"""Imports within the advice go one way: families, grammar, evidence, text."""

from __future__ import annotations

import ast
from importlib.util import resolve_name
from pathlib import Path

import pytest
from jupyterlab_torchprof import advice

ROOT = Path(advice.__file__).parent
FLOORS = ("text", "evidence", "grammar")
FAMILIES = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")} - set(FLOORS))
PREFIX = f"{advice.__name__}."


def imported_by(folder: str) -> set[str]:
    """The parts of the advice that modules of one of its folders import."""
    parts: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        package = ".".join((advice.__name__, *path.relative_to(ROOT).parts[:-1]))
        parts |= parts_imported(path.read_text(), package)
    return parts - {folder}


def parts_imported(text: str, package: str) -> set[str]:
    """The parts of the advice that a module of a package imports, anywhere in its text."""
    names = [name for node in ast.walk(ast.parse(text)) for name in names_imported(node, package)]
    return {name.removeprefix(PREFIX).split(".")[0] for name in names if name.startswith(PREFIX)}


def names_imported(node: ast.AST, package: str) -> list[str]:
    """The full names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = resolve_name("." * node.level + (node.module or ""), package)
    return [f"{base}.{alias.name}" for alias in node.names]


def test_there_are_families():
    assert {"inference", "leaks", "training"} <= set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_knows_another(family):
    assert imported_by(family) <= set(FLOORS)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_knows_only_those_below(floor):
    assert imported_by(floor) <= set(FLOORS[: FLOORS.index(floor)])


@pytest.mark.parametrize(
    "text",
    [
        "from ..leaks import histories",
        "from .. import leaks",
        "from ..leaks.histories import Histories",
        f"from {advice.__name__}.leaks.histories import Histories",
        f"from {advice.__name__} import leaks",
        f"import {advice.__name__}.leaks.histories as histories",
        f"def find():\n    from {advice.__name__}.leaks import histories",
        "class Rule:\n    def find(self):\n        from ..leaks import histories",
    ],
)
def test_each_form_of_an_import_is_seen(text):
    assert parts_imported(text, f"{advice.__name__}.training") == {"leaks"}


def test_others_are_none_of_its_parts():
    text = f"import {advice.__name__}\nfrom torch.leaks import x\nfrom ...record import Fix"
    assert parts_imported(text, f"{advice.__name__}.training") == set()
