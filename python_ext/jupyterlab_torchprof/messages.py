"""Messages between the kernel and a front end, over the comm target `COMM_TARGET`.

The front end opens the comm (its ``comm_open`` data is `Hello`); the kernel answers with
`SessionMessage`, the whole session, and from then on sends what happens. A message is the data
of one ``comm_msg``; ``type`` says which. TypeScript types are generated from here.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .record import (
    Action,
    CellRecord,
    Check,
    DeepReplay,
    HealthEntry,
    MemoryNow,
    Place,
    Sample,
    Session,
    Waiting,
)

COMM_TARGET = "jupyterlab-torchprof"
STOP_REQUEST = "torchprof_stop_request"
"""Type of a message on the control channel, whose content has a ``run_id``: end what is recorded of
that run in depth, at the next line where it can be ended. The program goes on. It has no answer."""


class _Message(Struct, kw_only=True, tag_field="type"):
    """Base of every message."""


class Settings(Struct, kw_only=True):
    """What the user set in the front end; the kernel keeps the last that it was sent."""

    sampling_hz: float = 10.0
    history: int = 1000
    """Runs kept per kernel."""
    rules_off: list[str] = field(default_factory=list)
    """Rules that stay silent."""
    rules_on: list[str] = field(default_factory=list)
    """Rules to ask that are off by default."""


# --- kernel to front end --------------------------------------------------------------------


class SessionMessage(_Message, tag="session"):
    """Answer to `Hello` and `SnapshotRequest`: everything so far."""

    session: Session
    enabled: bool
    """``False`` after ``%torchprof off``."""
    running: CellStarted | None = None
    """The cell that runs at this moment."""


class CellStarted(_Message, tag="start"):
    """A cell runs, and not just for a moment: a quick one only ends."""

    run_id: str
    cell_id: str | None
    execution_count: int | None
    started_at: float
    source: str


class DeepProgress(Struct, kw_only=True):
    """What a deep profile does while its cell runs."""

    state: Literal["waiting", "recording", "reading", "done"]
    """It waits for steps that have warmed up, records them, reads what was recorded while the
    program waits, or has ended before the cell has."""
    step: int | None = None
    """That which runs, from one; ``None``: no step is known of."""
    steps: int | None = None
    """That will be recorded."""


class RankNow(Struct, kw_only=True):
    """What a process does at the moment that the cell has started with others."""

    rank: int
    backend: str | None
    """Of its default process group; ``None``: it is in none, or not yet."""
    backwards: int
    steps: int
    """Of optimizers."""
    host_bytes: int
    devices: dict[str, int] = field(default_factory=dict)
    """Bytes allocated by device."""
    seen_s: float
    """When it was heard of last, since the cell began."""
    ended: bool = False
    waiting: Waiting | None = None
    """Once nothing has moved for 2 s."""
    openmp_wait_s: float | None = None
    """As in `RankRun`."""
    place: Place | None = None
    """The user's own line, or what is nearest to one, at which it was met last."""


class SampleTaken(_Message, tag="sample"):
    """A tick of the sampling thread, at most 10 a second."""

    run_id: str
    sample: Sample
    line: int | None = None
    """Line of the cell that is running: places are told when the cell has ended."""
    deep: DeepProgress | None = None
    """Of a cell that is recorded in depth."""
    ranks: list[RankNow] = field(default_factory=list)
    """Of a cell that has started several processes, by rank, bounded."""


class CellEnded(_Message, tag="end"):
    """A cell has ended; replaces a record of the same ``run_id``.

    Later changes of a record (advice that had to wait) arrive this way, too.
    """

    record: CellRecord
    memory: MemoryNow | None = None
    """What holds memory since it has ended; ``None``: as it was."""


class MemoryMessage(_Message, tag="memory"):
    """What holds memory now: an action was carried out."""

    memory: MemoryNow


class StatusMessage(_Message, tag="status"):
    """The profiler was switched on or off, or its health changed."""

    enabled: bool
    health: list[HealthEntry] = field(default_factory=list)


class ActionDone(_Message, tag="action_done"):
    """Answer to `RunAction`."""

    request_id: str
    action: Action
    ok: bool
    message: str
    """What was done and what it freed, or why it could not be done, one sentence."""
    freed_bytes: dict[str, int] = field(default_factory=dict)
    """Measured: allocated before less after, by device, ``"host"`` among them."""


class DoctorDone(_Message, tag="doctor_done"):
    """Answer to `DoctorRequest`."""

    request_id: str
    checks: list[Check]
    """As in `Session.checks`; empty if nothing could be looked at."""


class TracePart(_Message, tag="trace_part"):
    """Answer to `TraceRequest`."""

    request_id: str
    parts: int
    """Of the whole trace."""
    data: str | None
    """The part in base64; all parts together are JSON that was compressed by gzip. ``None``: there
    is no such part."""
    message: str = ""
    """Why there is none, one sentence or two."""


class ReplayDone(_Message, tag="replay_done"):
    """Answer to `ReplayRequest`; the record with what was measured comes before it."""

    request_id: str
    replay: DeepReplay | None = None
    """``None``: it could not be done."""
    message: str = ""
    """Why not, one sentence."""


class RoofsDone(_Message, tag="roofs_done"):
    """Answer to `RoofsRequest`; the record with what was measured comes before it."""

    request_id: str
    message: str = ""
    """Why it was not measured, one sentence; empty: it was."""


class Goodbye(_Message, tag="goodbye"):
    """The kernel extension was unloaded."""


KernelMessage = (
    SessionMessage
    | CellStarted
    | SampleTaken
    | CellEnded
    | MemoryMessage
    | StatusMessage
    | ActionDone
    | DoctorDone
    | TracePart
    | ReplayDone
    | RoofsDone
    | Goodbye
)


# --- front end to kernel --------------------------------------------------------------------


class Hello(_Message, tag="hello"):
    """Data of ``comm_open``."""

    settings: Settings


class SettingsChanged(_Message, tag="settings"):
    """The user changed the settings."""

    settings: Settings


class SnapshotRequest(_Message, tag="snapshot"):
    """Send the whole session again."""


class RunAction(_Message, tag="action"):
    """Carry out an action of an advice; answered by `ActionDone`."""

    request_id: str
    """Chosen by the front end."""
    action: Action


class DoctorRequest(_Message, tag="doctor"):
    """Look at the kernel's process with the doctor's eyes; answered by `DoctorDone`.

    It takes milliseconds and starts no device, but a kernel that runs a cell answers afterwards.
    """

    request_id: str
    """Chosen by the front end."""


class DeepRequest(_Message, tag="deep"):
    """Record the next run of a cell in depth; the record of that run has it."""

    cell_id: str
    steps: int | None = None
    """Whole steps to record; ``None``: the usual number."""


class TraceRequest(_Message, tag="trace"):
    """Send a part of the trace of a run that was recorded in depth; answered by `TracePart`.

    Whoever asks waits a moment between parts: Jupyter's server drops what comes too fast.
    """

    request_id: str
    """Chosen by the front end."""
    run_id: str
    part: int = 0
    """From zero."""


class ReplayRequest(_Message, tag="replay"):
    """Run work that was recorded in depth again, as it was and in another way, on random tensors.

    Answered by `ReplayDone`. It takes about a tenth of a second, and nothing of the program's is
    touched; a kernel that runs a cell answers afterwards.
    """

    request_id: str
    """Chosen by the front end."""
    run_id: str
    work: int
    """Index in `DeepProfile.work`."""
    alternative: str
    """One of `DeepWork.alternatives`."""


class RoofsRequest(_Message, tag="roofs"):
    """Measure what the devices of a deep profile do at best.

    Answered by `RoofsDone`. It takes a tenth of a second for each device and type of numbers, and
    nothing of the program's is touched; a kernel that runs a cell answers afterwards.
    """

    request_id: str
    """Chosen by the front end."""
    run_id: str


class CellText(Struct, kw_only=True):
    """A code cell of a notebook, run or not."""

    cell_id: str
    source: str | None = None
    """``None``: what this front end told last."""


class NotebookTexts(_Message, tag="notebook"):
    """All code cells of this front end's notebooks on the kernel, in their order.

    Advice needs to know what cells that have not run will do. Nothing of it is recorded.
    """

    cells: list[CellText] | None = None
    """``None``: they are too many, or too long, to be told."""


FrontEndMessage = (
    Hello
    | SettingsChanged
    | SnapshotRequest
    | RunAction
    | DoctorRequest
    | DeepRequest
    | TraceRequest
    | ReplayRequest
    | RoofsRequest
    | NotebookTexts
)
