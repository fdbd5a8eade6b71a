"""The session of a program that no kernel runs: one run, in a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .advice.engine import advise
from .document import encode_any
from .environment import describe
from .files import write_whole
from .probes.devices import Devices
from .record import SCHEMA_VERSION, CellRecord, HealthEntry, Session


def write_session(
    path: Path, record: CellRecord, devices: Devices, health: Sequence[HealthEntry] = ()
) -> bool:
    """Write it, or tell why not; returns whether it is there."""
    session = Session(
        schema_version=SCHEMA_VERSION,
        environment=describe(devices),
        cells=[record],
        health=list(health),
    )
    try:
        write_whole(path, encode_any(session))
    except OSError as error:
        say(f"{path} was not written: {error}")
        return False
    return True


def advised(record: CellRecord) -> CellRecord:
    """The record with advice, as the only run of its session."""
    record.advice = advise(record, [record])
    return record


def say(sentence: str) -> None:
    """Tell whoever runs the program."""
    print(f"jupyterlab-torchprof: {sentence}", file=sys.stderr)
