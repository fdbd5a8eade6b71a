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
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = resolve_name("." * node.level + (node.module or ""), package)
                names = [f"{base}.{alias.name}" for alias in node.names]
                parts |= {
                    name.removeprefix(PREFIX).split(".")[0]
                    for name in names
                    if name.startswith(PREFIX)
                }
    return parts - {folder}


def test_there_are_families():
    assert {"inference", "leaks", "training"} <= set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_family_knows_another(family):
    assert imported_by(family) <= set(FLOORS)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_knows_only_those_below(floor):
    assert imported_by(floor) <= set(FLOORS[: FLOORS.index(floor)])
