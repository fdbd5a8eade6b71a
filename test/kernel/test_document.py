"""Session documents: read, refused, and written again."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from jupyterlab_torchprof import messages, record
from jupyterlab_torchprof.document import DocumentError, decode_session, encode_session
from jupyterlab_torchprof.schema import combined_schema


def document(**changes: Any) -> dict[str, Any]:
    cell = {
        "run_id": "r1",
        "cell_id": "c",
        "execution_count": 1,
        "source": "x",
        "source_hash": "h",
        "started_at": 1.0,
        "duration_s": 0.5,
        "status": "ok",
        "memory": [
            {
                "device": "host",
                "allocated_before_bytes": 1,
                "allocated_after_bytes": 2,
                "peak_bytes": 3,
                "peak_is": "exact",
            }
        ],
    }
    environment = {"extension": "1", "python": "3", "platform": "x"}
    return {
        "schema_version": record.SCHEMA_VERSION,
        "environment": environment,
        "cells": [cell],
        **changes,
    }


def test_read():
    session = decode_session(json.dumps(document())).session
    assert session.cells[0].memory[0].peak_bytes == 3
    assert session.cells[0].memory[0].total_bytes is None


def test_unknown_fields_of_a_newer_minor_version_are_kept():
    major = record.SCHEMA_VERSION.partition(".")[0]
    newer = document(schema_version=f"{major}.99", mood="good")
    newer["cells"][0]["energy_j"] = 12.5
    newer["cells"][0]["memory"][0]["swap_bytes"] = 7
    newer["environment"]["rack"] = {"row": 3}
    read = decode_session(json.dumps(newer).encode())
    read.session.notebook = "a.ipynb"
    written = json.loads(encode_session(read))
    assert written["schema_version"] == f"{major}.99"
    assert written["mood"] == "good"
    assert written["notebook"] == "a.ipynb"
    assert written["cells"][0]["energy_j"] == 12.5
    assert written["cells"][0]["memory"][0]["swap_bytes"] == 7
    assert written["environment"]["rack"] == {"row": 3}


def test_what_was_unknown_follows_its_run():
    two = document()
    two["cells"].append({**two["cells"][0], "run_id": "r2", "energy_j": 2})
    read = decode_session(json.dumps(two))
    del read.session.cells[0]
    written = json.loads(encode_session(read))
    assert [(c["run_id"], c["energy_j"]) for c in written["cells"]] == [("r2", 2)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a session document"),
        (b'{"cells": []}', "not a session document"),
        (json.dumps(document(schema_version=1)), "schema_version is 1"),
        (json.dumps(document(schema_version="one")), "schema_version is 'one'"),
        (json.dumps(document(schema_version="99.0")), "newer"),
        (json.dumps(document(schema_version="0.9")), "too old"),
        (json.dumps(document(cells={})), "$.cells"),
        (json.dumps(document(cells=[{}])), "$.cells[0]"),
        (json.dumps(document(environment=None)), "$.environment"),
        ('{"schema_version": "1.0", "environment": NaN}', "not valid JSON"),
    ],
)
def test_refused_with_a_reason(data, words):
    with pytest.raises(DocumentError) as raised:
        decode_session(data)
    assert words in str(raised.value)


def test_the_schema_covers_every_part_and_message():
    structs = {
        name
        for module in (record, messages)
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }
    definitions = combined_schema()["$defs"]
    assert structs == set(definitions)
    for name in structs:
        struct: Any = getattr(record, name, None) or getattr(messages, name)
        assert set(struct.__struct_fields__) <= set(definitions[name]["properties"]), name
