"""What was loaded, in words: the front end is held to the same by the same fixture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof.deliver.loads import load_facts, load_text
from jupyterlab_torchprof.record import Load

FIXTURE = Path(__file__).parents[1] / "unit" / "fixtures" / "loads" / "facts.json"
CASES: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))["cases"]


def load_of(name: str, **more: Any) -> Load:
    found = next(case["load"] for case in CASES if case["name"] == name)
    return msgspec.convert({**found, **more}, Load)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_facts(case):
    assert load_facts(load_of(case["name"])) == case["facts"]


def test_the_terminal_says_where_it_landed():
    plain = load_of("an older document", landed={"cpu": 1 << 20})
    assert load_text(plain) == "model.pt in 500 ms: cpu 1 MiB"
    assert load_text(load_of("a model of four files", landed={"cpu": 1 << 20})) == (
        "model.pt in 500 ms: cpu 1 MiB · `from_pretrained` in transformers · `BertModel` · "
        "safetensors, 4 files · float32"
    )
    failed = load_of("files that are not known", failed=True)
    assert load_text(failed) == (
        "model.pt in 500 ms: could not be loaded · `from_pretrained` in transformers"
    )


def test_text_of_strangers_does_nothing_in_the_terminal():
    bad = "\x1b[31m\u202e"
    load = load_of("a model of four files", library=bad, call=bad, class_name=bad, dtypes={bad: 1})
    assert not {"\x1b", "\u202e"} & set(load_text(load))
