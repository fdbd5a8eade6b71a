"""What optimizers did, in words: the front end is held to the same by the same fixture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hand_made import a_record
from jupyterlab_torchprof.deliver.optimizers import optimizer_facts, optimizer_text
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.record import CellRecord, Environment, Optimizer, Place, Session

FIXTURE = Path(__file__).parents[1] / "unit" / "fixtures" / "optimizers" / "facts.json"
FACTS: dict[str, Any] = json.loads(FIXTURE.read_text("utf-8"))
CASES: list[dict[str, Any]] = FACTS["cases"]


def record(*optimizers: Optimizer) -> CellRecord:
    return a_record(
        cell_id=None,
        source="opt.step()",
        source_hash=FACTS["source_hash"],
        places=msgspec.convert(FACTS["places"], list[Place]),
        optimizers=list(optimizers),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_facts(case):
    optimizer = msgspec.convert(case["optimizer"], Optimizer)
    assert optimizer_facts(record(), optimizer) == case["facts"]


def test_what_has_no_variable_is_called_by_its_class():
    optimizer = Optimizer(variable=None, class_name="SGD", steps=2)
    assert optimizer_text(record(), optimizer) == "SGD: 2 steps"


def test_what_lived_in_a_function_has_the_name_that_it_had_there():
    optimizer = Optimizer(variable=None, name="self.opt", class_name="SGD", steps=2)
    assert optimizer_text(record(), optimizer) == "self.opt (SGD): 2 steps"


def test_those_that_are_alike_are_counted():
    optimizer = Optimizer(variable=None, class_name="Adam", steps=20, count=3)
    assert optimizer_text(record(), optimizer) == "Adam, 3 of them: 20 steps each"


def test_the_terminal_tells_of_optimizers_that_stepped():
    environment = Environment(extension="0", python="3.11", platform="Linux")
    stepped = Optimizer(variable="opt", class_name="Adam", steps=0, skipped=7)
    idle = Optimizer(variable="idle", class_name="SGD", steps=0)
    session = Session(schema_version="2.0", environment=environment, cells=[record(stepped, idle)])
    text = render_text(session)
    assert "  optimizer  opt (Adam): 0 steps · 7 skipped by the scaler\n" in text
    assert "idle" not in text


def test_text_of_strangers_does_nothing_in_the_terminal():
    optimizer = msgspec.convert(CASES[7]["optimizer"], Optimizer)
    optimizer.variable = optimizer.class_name = optimizer.ungraded[0].path = "\x1b[31m\u202e"
    assert not {"\x1b", "\u202e"} & set(optimizer_text(record(), optimizer))
