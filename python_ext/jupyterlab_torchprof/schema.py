"""Print the JSON schema of the wire format: ``python -m jupyterlab_torchprof.schema``."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from .messages import FrontEndMessage, KernelMessage
from .record import Session


def combined_schema() -> dict[str, Any]:
    """One JSON schema (2020-12) whose ``$defs`` hold the record and the messages."""
    roots, definitions = msgspec.json.schema_components(
        (Session, KernelMessage, FrontEndMessage), ref_template="#/$defs/{name}"
    )
    session, kernel, front_end = roots
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Wire",
        "type": "object",
        "properties": {"session": session, "kernel": kernel, "front_end": front_end},
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


if __name__ == "__main__":
    print(json.dumps(combined_schema(), indent=2))
