"""One order of advice: in a record, in a summary, in the terminal, and in the front end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.advice_order import advice_order, ordered_advice
from jupyterlab_torchprof.derive import latest_runs
from jupyterlab_torchprof.document import decode_session
from jupyterlab_torchprof.headless.console import summary
from jupyterlab_torchprof.record import Advice, Prediction

FIXTURE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "unit" / "fixtures" / "advice-order.json").read_text("utf-8")
)
"""Of both sides: the front end is held to the same."""
SESSION = decode_session(json.dumps(FIXTURE["session"]).encode()).session
ORDER = [rule for _run, rule in FIXTURE["order"]]


def test_the_order_is_that_of_the_front_end() -> None:
    found = ordered_advice(latest_runs(SESSION))
    assert [[record.run_id, advice.rule] for record, advice in found] == FIXTURE["order"]


def test_a_record_has_it_already() -> None:
    """So that a list of several cells has what a record has in the record's order."""
    for record in SESSION.cells:
        assert sorted(record.advice, key=advice_order) == record.advice


def test_the_terminal_has_it() -> None:
    text = summary(latest_runs(SESSION))
    assert re.findall(r"^\[\d\] \w+: `([\w-]+)`", text, re.MULTILINE) == ORDER
    assert "[3] high: `high-nothing`" in text


@pytest.mark.parametrize("before", [float("nan"), float("inf")])
def test_what_is_no_number_counts_as_nothing(before: float) -> None:
    advice = Advice(
        rule="odd", severity="low", cell_id=None, title="", explanation="", evidence=[], lines=[]
    )
    prediction = Prediction(metric="peak_bytes", before=before, after=0, unit="bytes")
    odd = msgspec.structs.replace(advice, prediction=prediction)
    assert advice_order(odd) == advice_order(advice)
