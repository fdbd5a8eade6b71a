"""The record: everything measured in one run of one cell, and the documents made of it.

This module is the wire format. JSON schema and TypeScript types are generated from it
(``npm run generate``), so a field is described here and nowhere else. Quantities end in their
unit: ``_bytes``, ``_s`` (seconds). Times of day are epoch seconds. Names are snake_case, like
Jupyter's own messages. A measured number that could not be had is ``None``, never zero.

Compatibility: readers accept every document of the same major version. A newer minor version
may add fields; readers ignore what they do not know, and `jupyterlab_torchprof.document` keeps
it when a document is written again.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

SCHEMA_VERSION = "1.0"
MIME_TYPE = "application/vnd.jupyterlab-torchprof.v1+json"

Bytes = Annotated[int, Meta(description="bytes")]
Seconds = Annotated[float, Meta(description="seconds")]
Line = Annotated[int, Meta(ge=1, description="line of the cell's source, from one")]

Status = Literal["ok", "error", "interrupted"]
Severity = Literal["high", "medium", "low", "info"]
Exactness = Literal["exact", "sampled"]
Unit = Literal["bytes", "s"]


class _Part(Struct, kw_only=True, frozen=False, gc=False):
    """Base of every part of the record: keyword arguments only.

    A record is a tree, so the garbage collector need not look at it: a long history would slow
    the user's program down at each collection.
    """


# --- where it ran ---------------------------------------------------------------------------


class Device(_Part):
    """One accelerator that PyTorch can see."""

    device: str
    """PyTorch's name of it, with index: ``"cuda:0"``."""
    name: str
    """The maker's name of it: ``"NVIDIA H200"``."""
    total_bytes: int | None = None


class Environment(_Part):
    """The program that the session ran in."""

    extension: str
    """Version of jupyterlab-torchprof."""
    python: str
    platform: str
    """Operating system and machine, as in ``platform.platform()``."""
    ipython: str | None = None
    torch: str | None = None
    """Version of PyTorch, ``None`` while it has not been imported."""
    cpu_count: int | None = None
    """Cores that this process may use."""
    host_total_bytes: int | None = None
    devices: list[Device] = field(default_factory=list)


class HealthEntry(_Part):
    """Failures of one part of the profiler itself; they never reach the user's cell."""

    part: str
    """The probe or delivery that failed: ``"placement"``, ``"comm"``."""
    failures: int
    message: str
    """The last failure, one line."""


# --- one run of one cell --------------------------------------------------------------------


class ErrorInfo(_Part):
    """The exception that ended the cell."""

    name: str
    message: str
    line: int | None = None


class MemoryEntry(_Part):
    """Memory of one device, or of the host process (``device: "host"``, resident set size).

    For a device, *allocated* is what live tensors take and *reserved* what PyTorch's caching
    allocator holds. ``peak_is`` says how ``peak_bytes`` was had: ``exact`` from a high-water
    mark, ``sampled`` from the sampling thread (a lower bound).
    """

    device: str
    allocated_before_bytes: int
    allocated_after_bytes: int
    peak_bytes: int
    peak_is: Exactness
    reserved_before_bytes: int | None = None
    reserved_after_bytes: int | None = None
    total_bytes: int | None = None
    other_processes_bytes: int | None = None
    """Memory of the device that other processes hold, where the driver tells."""


class Sample(_Part):
    """One tick of the sampling thread."""

    t_s: float
    """Seconds since the cell started."""
    host_bytes: int
    devices: dict[str, int] = field(default_factory=dict)
    """Allocated bytes by device."""
    line: int | None = None
    """Line of the cell that the main thread was in."""


class LineCost(_Part):
    """What the samples say of one line: a share, not a measurement of each execution."""

    line: Line
    time_share: float
    """Share of the cell's samples that were taken in this line, 0 to 1."""
    host_growth_bytes: int
    """Growth of host memory between samples that both lie in this line."""
    device_growth_bytes: int


class PlacementTotal(_Part):
    """Bytes reachable from the namespace on one device in one dtype; each storage once."""

    device: str
    dtype: str
    storage_bytes: int
    tensors: int


class PlacedTensor(_Part):
    """A tensor reachable from the namespace (or a parameter of a module)."""

    path: str
    """How the user would write it: ``batch["image"]``, ``outputs[3]``."""
    device: str
    dtype: str
    shape: list[int]
    storage_bytes: int
    """Bytes of the storage; 0 if an entry before this one has the same storage."""
    requires_grad: bool
    has_grad_fn: bool = False
    shares_storage: bool = False
    """An entry before this one has the same storage."""


class PlacedModule(_Part):
    """A module reachable from the namespace, with what its parameters and buffers take."""

    path: str
    class_name: str
    training: bool
    parameters: int
    """Number of parameter elements."""
    parameter_bytes: int
    buffer_bytes: int
    gradient_bytes: int
    devices: dict[str, int] = field(default_factory=dict)
    """Bytes of parameters and buffers by device. More than one key: a mixed-device module."""
    dtypes: dict[str, int] = field(default_factory=dict)
    children: list[PlacedModule] = field(default_factory=list)
    """Direct children, to a bounded depth."""


class Placement(_Part):
    """Where the tensors live that the notebook's namespace can reach when the cell has ended."""

    totals: list[PlacementTotal] = field(default_factory=list)
    modules: list[PlacedModule] = field(default_factory=list)
    tensors: list[PlacedTensor] = field(default_factory=list)
    """Tensors outside modules, largest first, bounded; `totals` counts all that were visited."""
    visited: int = 0
    """Objects looked at."""
    truncated: bool = False
    """The walk was cut at its bound: totals are lower bounds."""
    torch_name: str | None = None
    """The name under which the namespace holds PyTorch: ``"torch"``."""


class Move(_Part):
    """One outermost ``module.to()/.cuda()/.cpu()/.half()/…``; ``source``/``target`` map bytes."""

    what: str
    """The module's class name, with its variable where known: ``"model (ResNet)"``."""
    source: dict[str, int]
    """Bytes by ``"device dtype"`` before."""
    target: dict[str, int]
    """Bytes by ``"device dtype"`` after."""
    moved_bytes: int
    """Bytes (after) of parameters and buffers whose device or dtype changed."""
    duration_s: float
    """Host time. Work that a device still has queued is not waited for."""
    no_op: bool
    line: int | None = None


class Load(_Part):
    """One ``torch.load``."""

    path: str | None
    """``None`` for a file object without a name."""
    file_bytes: int | None
    duration_s: float
    map_location: str | None
    weights_only: bool | None
    """As passed; ``None``: not passed, PyTorch's default holds."""
    mmap: bool | None
    landed: dict[str, int] = field(default_factory=dict)
    """Bytes by device of the tensors in the result; each storage once."""
    line: int | None = None
    failed: bool = False


class Forwards(_Part):
    """Calls of root modules (not called by another module) that began on one line of the cell."""

    line: int | None
    """Line of the cell's own code, also when the call stands in a function that it called."""
    module: str
    """Class name of the module."""
    calls: int
    grad: bool
    """Whether gradients were being recorded."""
    inference: bool
    """Whether inference mode was on."""
    training: bool
    """``module.training`` at the call."""


class ForwardGraph(_Part):
    """The graph that one root forward recorded, measured when it returned."""

    line: int | None
    module: str
    training: bool
    nodes: int
    saved_bytes: int
    """Bytes of storages that only the graph needs: saved tensors minus parameters, buffers and
    the forward's own inputs and outputs."""
    largest_bytes: int
    """The largest of them."""
    device: str
    """The device that holds most of them."""
    fate: Literal["held", "dropped", "consumed"]
    """After the cell: still alive, freed without a backward, or used by a backward."""
    output_elements: int
    other_leaves: bool
    """The graph reaches a leaf that requires grad and is no parameter: somebody may want its
    gradient."""


class RetainedGraph(_Part):
    """A graph that a variable keeps alive after the cell, whose saved tensors no backward freed."""

    variable: str
    """How the user would write it; of several tensors that share graphs, the first."""
    nodes: int
    saved_bytes: int
    """Bytes of unique storages that no other variable, parameter or earlier entry holds."""
    largest_bytes: int
    device: str
    tensors: int
    """Tensors of this variable that carry a graph (a list of outputs has many)."""
    elements: int
    """Elements of the largest of them: 1 for a loss."""
    other_leaves: bool
    truncated: bool = False
    """The walk was cut at its bound: bytes are a lower bound."""


class GradState(_Part):
    """What autograd was told and what it did during the cell."""

    grad_before: bool | None = None
    grad_after: bool | None = None
    inference_before: bool | None = None
    inference_after: bool | None = None
    autocast: dict[str, str] = field(default_factory=dict)
    """Device type to dtype where autocast was seen on, during the cell's forwards or after it."""
    forwards: list[Forwards] = field(default_factory=list)
    forwards_complete: bool = True
    """``False``: the bounded hook was used up, so there were more forwards than counted."""
    forward_graphs: list[ForwardGraph] = field(default_factory=list)
    """Of the first few forwards."""
    backwards: int = 0
    """Outermost runs of the backward engine: ``backward()`` and ``autograd.grad()``."""
    last_backward_line: int | None = None
    optimizer_steps: int = 0
    last_step_line: int | None = None
    retained: list[RetainedGraph] = field(default_factory=list)
    retained_complete: bool = True
    """``False``: the walk over the namespace or the graphs was cut at its bound."""


class Position(_Part):
    """As in the Language Server Protocol: from zero, columns in UTF-16 code units."""

    line: Annotated[int, Meta(ge=0)]
    column: Annotated[int, Meta(ge=0)]


class TextEdit(_Part):
    """Replace the text from ``start`` to ``end`` of a cell whose source has this hash."""

    cell_id: str | None
    source_hash: str
    start: Position
    end: Position
    new_text: str


class Fix(_Part):
    """A change of source that can be applied with one click."""

    title: str
    edits: list[TextEdit]


class Prediction(_Part):
    """What the fix is expected to change, from measured numbers."""

    metric: str
    """``"graph_bytes"`` (memory kept by autograd graphs after the cell) or ``"peak_bytes"``."""
    before: float
    after: float
    unit: Unit
    device: str | None = None


class Advice(_Part):
    """One finding on one cell, with its proof and, where there is a safe one, its fix."""

    rule: str
    severity: Severity
    cell_id: str | None
    title: str
    explanation: str
    """Plain words with the user's own names and numbers."""
    evidence: list[str]
    """Facts of the record that prove it, one sentence each."""
    prediction: Prediction | None = None
    lines: list[int] = field(default_factory=list)
    """Lines of the cell, from one."""
    fix: Fix | None = None
    refusal: str | None = None
    """Why there is no fix, if there is none."""


class Verification(_Part):
    """Predicted against measured, when a changed cell ran again.

    Values are differences, after minus before, so a saving is negative.
    """

    rule: str
    metric: str
    """``"graph_bytes"``, ``"allocated_after_bytes"``, ``"peak_bytes"`` or ``"duration_s"``."""
    predicted: float | None
    """``None``: nothing was promised for this metric."""
    measured: float
    unit: Unit
    baseline_run_id: str
    device: str | None = None


class CellRecord(_Part):
    """Everything measured in one run of one cell."""

    run_id: str
    cell_id: str | None
    """The front end's id of the cell, ``None`` from consoles and clients that send none."""
    execution_count: int | None
    source: str
    """Exactly what was run."""
    source_hash: str
    """SHA-256 of the source in UTF-8, hexadecimal."""
    started_at: float
    duration_s: float
    status: Status
    error: ErrorInfo | None = None
    memory: list[MemoryEntry] = field(default_factory=list)
    """The host first, then devices in order."""
    samples: list[Sample] = field(default_factory=list)
    lines: list[LineCost] = field(default_factory=list)
    placement: Placement | None = None
    """``None`` while PyTorch has not been imported."""
    grad: GradState | None = None
    moves: list[Move] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    advice: list[Advice] = field(default_factory=list)
    verification: list[Verification] = field(default_factory=list)
    overhead_s: float = 0.0
    """What the profiler itself took, before, during and after the cell."""


class Session(_Part):
    """A kernel's history: what is saved, sent to a new front end and rendered as a report."""

    schema_version: str
    environment: Environment
    cells: list[CellRecord] = field(default_factory=list)
    """In the order they ran; a cell that ran twice is there twice."""
    notebook: str | None = None
    """File name of the notebook, where it is known."""
    health: list[HealthEntry] = field(default_factory=list)
