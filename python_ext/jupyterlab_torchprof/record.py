"""The record: everything measured in one run of one cell, and the documents made of it.

This module is the wire format. JSON schema and TypeScript types are generated from it
(``npm run generate``), so a field is described here and nowhere else. Quantities end in their
unit: ``_bytes``, ``_s`` (seconds). Times of day are epoch seconds. Names are snake_case, like
Jupyter's own messages. A measured number that could not be had is ``None``, never zero.

Compatibility: readers accept every document of the same major version. A newer minor version
may add fields; readers ignore what they do not know, and `jupyterlab_torchprof.document` keeps
it when a document is written again. Documents of format 1.x, in which events had a line of the
running cell and not all of them a place, are brought into today's form when they are read.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

SCHEMA_VERSION = "2.1"
HOST = "host"
"""The host's memory, where memory is told by device."""
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
    """None, and ``message`` tells what is not measured."""
    message: str
    """The last failure, one line."""


# --- one run of one cell --------------------------------------------------------------------


class ErrorFrame(_Part):
    """One frame of the user's own code (a cell's) in the traceback, outermost first."""

    source_hash: str | None
    """Of the cell that the code stands in, which may be an earlier one; ``None``: not known."""
    function: str
    """``"<module>"`` at the top level of a cell."""
    line: Line


class NamedObject(_Part):
    """What a name stood for that the failing line reads."""

    name: str
    """As written: ``x``, ``batch["image"]``, ``self.head``."""
    kind: Literal["tensor", "module", "optimizer", "other"]
    class_name: str
    devices: dict[str, int] = field(default_factory=dict)
    """Bytes by device; for a collection those of the tensors in it."""
    dtype: str | None = None
    shape: list[int] | None = None
    requires_grad: bool | None = None
    """Of a tensor; of a module whether any of its parameters does."""
    is_leaf: bool | None = None
    """Of a tensor: no operation that autograd recorded has made it."""
    has_grad: bool | None = None
    """Of a leaf: it has a gradient."""
    inference: bool = False
    """A tensor that was made in inference mode."""
    low: int | None = None
    """The least value of a tensor of integers on the host, read only where an index is the error's
    subject."""
    high: int | None = None
    """The greatest of them."""
    shapes: list[list[int]] = field(default_factory=list)
    """Of the tensors in a list or tuple, bounded."""
    parameter: str | None = None
    """Of a module's parameter that the line calls otherwise: ``model.fc.weight``."""
    unregistered: str | None = None
    """The attribute of a module, as written, that holds it without being a parameter, a buffer or a
    submodule: the module does not know of it."""
    hidden: list[str] = field(default_factory=list)
    """Attributes of a module that hold layers or parameters which it does not know of, as written:
    ``net.blocks``, bounded."""


class FailedCall(_Part):
    """A call of a module, or of a function of PyTorch's, that the error passed through."""

    function: str
    """``"forward"``, ``"cross_entropy"``."""
    library: bool
    """Its code is PyTorch's own."""
    module: str | None = None
    """The module that was called, as the user would write it: ``model.head``; ``None``: it is none,
    or no variable leads to it."""
    class_name: str | None = None
    """Of the module."""
    sizes: dict[str, int] = field(default_factory=dict)
    """What PyTorch's own modules were made with: ``{"in_features": 128}``."""
    dtype: str | None = None
    """Of the module's own first parameter."""
    devices: dict[str, int] = field(default_factory=dict)
    """Bytes of the module's own parameters and buffers by device."""
    training: bool | None = None
    arguments: dict[str, NamedObject] = field(default_factory=dict)
    """Tensors by the name of the parameter that they were passed for; `NamedObject.name` is how the
    notebook's line writes them, empty where it does not name them."""
    unregistered: str | None = None
    """The attribute that holds the module, or one that it is a part of, without being known to the
    module that has it: a plain list, ``net.blocks``."""


class KeyMismatch(_Part):
    """How the keys of a state dict and those of the module that was to load it differ."""

    module: str
    """As the user would write it, or its class name."""
    missing: list[str] = field(default_factory=list)
    """Keys of the module that the state dict lacks, the first of them."""
    missing_count: int = 0
    unexpected: list[str] = field(default_factory=list)
    """Keys that the module does not have, the first of them."""
    unexpected_count: int = 0
    matched_count: int | None = None
    """Keys that both have; ``None``: not known."""
    sizes: list[str] = field(default_factory=list)
    """Parameters of other sizes: ``"fc.weight: [10, 512] in the state dict, [2, 512] here"``, the
    first of them."""
    sizes_count: int = 0
    prefix: str | None = None
    """All keys would fit if those of the state dict did not begin with it: ``"module."``."""
    lacks_prefix: str | None = None
    """All keys would fit if those of the state dict began with it."""
    nested: str | None = None
    """The key of the state dict under which the dictionary lies that has the module's keys: as
    they are, or but for ``prefix`` or ``lacks_prefix``, which are then those of that dictionary."""
    besides_count: int = 0
    """Keys that do not begin with ``prefix``, and without which those that do are the module's."""
    around: str | None = None
    """The only key of the state dict under which there is a dictionary of tensors, where its keys
    are not the module's: ``"state_dict"``."""


class ChangedTensor(_Part):
    """A tensor that has the size and the version that an error of autograd speaks of."""

    name: str
    """As the user would write it."""
    parameter: bool
    """It is a parameter of a module."""


class ErrorInfo(_Part):
    """The exception that ended the cell."""

    name: str
    message: str
    line: int | None = None
    frames: list[ErrorFrame] = field(default_factory=list)
    objects: list[NamedObject] = field(default_factory=list)
    """What the innermost of the cells' lines reads, with its devices and sizes."""
    calls: list[FailedCall] = field(default_factory=list)
    """Modules and functions of PyTorch's that it passed through, the innermost last, bounded."""
    direct: bool = True
    """No code of PyTorch's or of a library lay between the innermost of the user's lines and the
    error."""
    file_objects: list[NamedObject] | None = None
    """The same of the innermost line of a module of the user's own, if it failed within one."""
    cause: str | None = None
    """The message of the exception that it was raised from."""
    raised: bool = False
    """A ``raise`` or ``assert`` of the user's own code made it, whatever its message says."""
    keys: KeyMismatch | None = None
    """Of a state dict that a module refused."""
    changed: list[ChangedTensor] = field(default_factory=list)
    """Of a backward that found a tensor changed: those that it can be, bounded."""
    within: ErrorInfo | None = None
    """The innermost exception that it names as its cause (``raise … from``, a group, the compiler's
    wrappers), if that came of the user's code. It has no ``line``, ``cause`` or ``within``."""


class RaisedWarning(_Part):
    """A warning of PyTorch's (or a line of its compiler's log) during the cell, counted once."""

    category: str
    """``"FutureWarning"``; ``"log"`` for a record of the logger ``torch._dynamo``."""
    message: str
    count: int = 1
    place: int | None = None
    """Where the program was: index in `CellRecord.places`."""


class TorchState(_Part):
    """PyTorch's switches and what it can run on, at the end of the cell.

    Reading it starts no device that the program has not started itself.
    """

    version: str
    accelerator: str | None = None
    """``"cuda"``, ``"mps"``, …: what the program has initialised, or what PyTorch names as its
    current accelerator where asking that initialises nothing; ``None``: none."""
    device_count: int = 0
    """Accelerators that the program can use."""
    capability: list[int] | None = None
    """CUDA compute capability of the first device: ``[9, 0]``."""
    bf16: bool | None = None
    """Whether the accelerator computes in bfloat16 natively."""
    build_cuda: str | None = None
    """CUDA version that this build of PyTorch is for; ``None``: a build without."""
    driver_version: str | None = None
    """Of the NVIDIA driver, where there is one."""
    driver_devices: int | None = None
    """Devices that the driver knows, seen or hidden, and that this process was given: a container
    may have none of them. ``None``: not known."""
    hidden: bool = False
    """``CUDA_VISIBLE_DEVICES`` (or its like) hides devices on purpose."""
    cudnn_benchmark: bool | None = None
    deterministic: bool = False
    """Deterministic algorithms are asked for."""
    matmul_precision: str | None = None
    """``"highest"``, ``"high"`` or ``"medium"``."""
    num_threads: int | None = None
    """Threads of one operation on the CPU."""
    cpu_count: int | None = None
    """Cores that this process may use."""
    anomaly: bool = False
    """Anomaly detection is on."""
    start_method: str | None = None
    """How this Python starts worker processes: ``"fork"``, ``"spawn"``, ``"forkserver"``."""
    torchao: bool = False
    """torchao is installed."""
    nccl: bool = False
    """This build of PyTorch has NCCL."""
    rotational: bool | None = None
    """The working directory is on a spinning disk, where the system tells."""


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
    utilisation: float | None = None
    """Mean share of the cell's time in which the device was busy, 0 to 1, from the driver."""


class Sample(_Part, omit_defaults=True):
    """One tick of the sampling thread."""

    t_s: float
    """Seconds since the cell started."""
    host_bytes: int
    devices: dict[str, int] = field(default_factory=dict)
    """Allocated bytes by device."""
    place: int | None = None
    """Where the main thread was: index in `CellRecord.places`."""
    cpu_s: float | None = None
    """Processor time of the process since the cell started, all its threads together."""
    utilisation: dict[str, float] = field(default_factory=dict)
    """How busy devices were, 0 to 1, in samples with which the driver was asked."""


class Place(_Part, omit_defaults=True):
    """A node of the calling-context tree: a line of the user's code, and how it was reached.

    Of a cell's text the line is one of the very text that the code was compiled from, so an older
    one of a cell that was edited since is known as such. A stretch of frames of one library is a
    single node; where the library calls the user's code, that is a new node below it. A function
    that calls itself is one node.
    """

    parent: int | None
    """Index of the node that called it; ``None``: a line of the running cell, or a thread."""
    kind: Literal["cell", "file", "library", "thread"]
    """``cell``: a line of a cell, the running or another one that defined a function; ``file``: a
    line of a module of the user's own; ``library``: somebody else's code; ``thread``: what another
    thread than the cell's did."""
    function: str | None = None
    """Qualified name of the function that holds the line, or that was called in the library;
    ``None``: the top level of a cell."""
    line: int | None = None
    """Line of the cell's text or of the file, from one."""
    source_hash: str | None = None
    """Of the text of the cell; of a file only if `CellRecord.files` has the function's text."""
    path: str | None = None
    """Of the file, as the user would write it."""
    package: str | None = None
    """Of the library: ``"transformers"``."""
    samples: int = 0
    """Looks of the sampling thread that met the cell in this very node, not below it; in a run with
    phases weighted by the time that was measured within loaders."""
    host_growth_bytes: int = 0
    """Growth of host memory between samples of memory that both lie in this node."""
    device_growth_bytes: dict[str, int] = field(default_factory=dict)
    """The same of devices, where it is not zero."""


class Made(_Part):
    """Where an object was made: the innermost line of the user's code that led to its constructor.

    In a subclass of the user's that is the line of ``super().__init__()``.
    """

    run_id: str
    """Of the run that made it."""
    line: int | None = None
    """That line, from one; ``None``: it stands in no cell."""
    source_hash: str | None = None
    """Of the text of the cell that it stands in: not the one that ran, if that called a function of
    another cell."""


class FileText(_Part):
    """What a run used of one module of the user's own, as it was imported.

    Runs with the same text share one object, so it must not be changed.
    """

    path: str
    """As the user would write it."""
    source: str
    """The file with only its imports, the functions that something happened in, and those that
    train with them: all other lines are empty, so that numbers of lines stay."""
    source_hash: str
    """SHA-256 of the whole file in UTF-8, hexadecimal."""


class Visits(_Part, omit_defaults=True):
    """That something happened at a place, as far as was looked."""

    place: int
    """Index in `CellRecord.places`."""
    first_s: float
    """Seconds since the cell started."""
    last_s: float


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


class Layers(_Part):
    """What a module is made of, itself and all below it (bounded)."""

    dropouts: int = 0
    """Dropout layers with p > 0, and modules whose own code calls ``F.dropout`` by their mode."""
    dropouts_training: int = 0
    batchnorms: int = 0
    """Batch-norm layers that track running statistics."""
    batchnorms_training: int = 0
    batchnorms_alone: int = 0
    """Those of `batchnorms_training` that are PyTorch's ``BatchNorm1d`` to ``BatchNorm3d``: under
    several ranks, each computes with the statistics of its own batch."""
    convs: int = 0
    convs_2d: int = 0
    convs_2d_channels_last: int = 0
    """Those of `convs_2d` whose weights lie in channels-last order."""
    conv_bn_pairs: int = 0
    """A convolution directly followed by its batch norm in an ``nn.Sequential``, or under
    neighbouring names, with matching channels."""
    linears: int = 0
    linear_bytes: int = 0
    """Bytes of the linear layers' floating-point weights."""
    norms_other: int = 0
    """Layer, group, instance and RMS norms."""
    compiled: bool = False
    """A ``torch.compile``d module is among them."""
    quantized: bool = False
    managed: str | None = None
    """The package that moves or shards the weights by itself, with hooks on modules or tensors of
    its own: ``"accelerate"``, ``"diffusers"``, ``"torch.distributed"``."""
    device_ids: list[int] | None = None
    """Of ``nn.DataParallel``; ``None`` for anything else."""
    pruned: list[str] = field(default_factory=list)
    """Parameters that ``torch.nn.utils.prune`` keeps as ``_orig`` and ``_mask``, bounded."""
    pruned_bytes: int = 0
    """What their ``_orig`` and ``_mask`` take together."""
    stray: list[str] = field(default_factory=list)
    """Attributes that look like ``requires_grad`` and do nothing: ``"fc.weight.require_grad"``,
    ``"encoder.requires_grad"`` (set on a module), bounded."""


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
    layers: Layers | None = None
    """Of root modules only."""
    trainable_bytes: int | None = None
    """Bytes of the parameters that require grad, of root modules only."""
    offloaded: dict[str, int] = field(default_factory=dict)
    """Of root modules: bytes of weights that a library keeps elsewhere between forwards, in host
    memory (``"cpu"``) or files (``"disk"``); they are in none of the other numbers."""
    whole_bytes: int | None = None
    """Of root modules whose parameters are divided among ranks, as DTensor and FSDP2 do: bytes of
    the whole parameters, of which `parameter_bytes` are here."""


class LocalModule(PlacedModule):
    """A root module that no variable of the notebook had: when it was called, or at the end.

    Most lived in a function. Described while it lived: at its first call, and once more when its
    gradients were there. Its `path` is how the code at `place` wrote it (``model``, ``self.net``),
    or its class name where that is not known.
    """

    training: bool
    """As it was at the last call that was looked at."""
    alive: bool = False
    """It was still there when the cell had ended: in a cycle that the collector has not met, a
    closure, a module of the user's own, or the frames of an error."""
    place: int | None = None
    """Where it was called first: index in `CellRecord.places`."""
    count: int = 1
    """Modules that were alike in everything."""
    truncated: bool = False
    """It was too large to be listed to its end: numbers are lower bounds."""


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
    local_modules: list[LocalModule] = field(default_factory=list)
    """Modules that the cell called and the namespace does not reach, as those that lived in a
    function, bounded. Most are gone, and none is in `totals` or `modules`."""
    devices_named: dict[str, str] = field(default_factory=dict)
    """Variables that hold a ``torch.device`` or its name: ``{"device": "cuda"}``."""


class Move(_Part):
    """One outermost ``module.to()/.cuda()/.cpu()/.half()/…``; ``source``/``target`` map bytes."""

    what: str
    """The module's class name, with its variable, or the way from one, where known:
    ``"model (ResNet)"``, ``"trainer.model (ResNet)"``."""
    source: dict[str, int]
    """Bytes by ``"device dtype"`` before."""
    target: dict[str, int]
    """Bytes by ``"device dtype"`` after."""
    moved_bytes: int
    """Bytes (after) of parameters and buffers whose device or dtype changed."""
    duration_s: float
    """Host time. Work that a device still has queued is not waited for."""
    no_op: bool
    failed: bool = False
    """It raised; `target` is then how far it came."""
    place: int | None = None
    """Where it was called from: index in `CellRecord.places`."""


class Transfer(_Part):
    """Tensors that were copied between host and accelerator, of one method on one line.

    Written only where there is an accelerator. Calls of PyTorch's own code are not counted.
    """

    method: str
    """``"item"``, ``"tolist"``, ``"numpy"``, ``"cpu"``, ``"cuda"`` or ``"to"``."""
    source: str
    target: str
    calls: int
    moved_bytes: int
    duration_s: float
    """Host time in these calls; reading a value waits for the work that is queued before it."""
    pinned: bool | None = None
    """Copies to the device: whether the source was page-locked."""
    non_blocking: bool = False
    place: int | None = None
    """Where it was called from: index in `CellRecord.places`."""


LoadFormat = Literal["pytorch", "safetensors", "torchscript", "exported", "distributed"]
"""What files of tensors are: of ``torch.save``, of safetensors, of ``torch.jit.save``, of
``torch.export.save``, of ``torch.distributed.checkpoint.save``."""


class Load(_Part):
    """One call that loaded tensors. Calls within it, such as one for each shard, are part of it."""

    path: str | None
    """As it was passed: a file, a folder, or a name from which the library finds its files; else
    the largest file. ``None`` for a file object without a name."""
    file_bytes: int | None
    """All of them together."""
    duration_s: float
    """From call to return, with downloads and the making of a model, if the call does these."""
    map_location: str | None
    weights_only: bool | None
    """As passed; ``None``: not passed, PyTorch's default holds."""
    mmap: bool | None
    call: str = "torch.load"
    """What was called, as its users write it: ``"torch.load"``, ``"from_pretrained"``."""
    library: str | None = None
    """The package of which it is a function, or which called it: ``"transformers"``. ``None``: the
    user's own code called PyTorch's or safetensors' function."""
    class_name: str | None = None
    """Class of the model that was made or filled; ``None``: no model, or its class says nothing."""
    format: LoadFormat | None = "pytorch"
    """Of the largest file; ``None``: not known."""
    shards: int | None = 1
    """Files of the checkpoint; ``None``: not known."""
    landed: dict[str, int] = field(default_factory=dict)
    """Bytes by device of the tensors in the result; each storage once."""
    dtypes: dict[str, int] = field(default_factory=dict)
    """The same by dtype."""
    mapped_bytes: int | None = None
    """Those of the bytes in main memory that lie in the mapped file, which the system reads when
    they are used and may drop; ``None``: not known, as for files below 1 MiB."""
    failed: bool = False
    zip_format: bool | None = None
    """The file is in the format since PyTorch 1.6, which can be mapped; of ``torch.load`` only."""
    host_growth_bytes: int | None = None
    """Growth of the process's resident memory during the call."""
    needs_code: list[str] | None = None
    """With ``weights_only=False``: the functions and classes that the file asks for and
    ``weights_only`` would refuse, bounded; ``None``: not looked at."""
    place: int | None = None
    """Where it was called from: index in `CellRecord.places`."""


class Checkpoint(_Part):
    """The dictionary that a load of this session returned, if it is still held."""

    variable: str
    """A variable, or an attribute of its object as the user would write it: ``run.checkpoint``."""
    place: int | None = None
    """Where the load was called from, if this run did: index in `CellRecord.places`."""
    unique_bytes: dict[str, int] = field(default_factory=dict)
    """By device: storages of its tensors that no module of the namespace shares and that do not lie
    in a mapped file."""
    loaded_into: str | None = None
    """The module whose ``load_state_dict`` got it or a part of it: by variable or the way from one,
    ``"trainer.model"``, or else by class name."""
    loaded_place: int | None = None
    """Where that was called from, if this run did."""


class Forwards(_Part):
    """Calls of root modules (not called by another module) that began at one place."""

    module: str
    """Class name of the module."""
    calls: int
    grad: bool
    """Whether gradients were being recorded."""
    inference: bool
    """Whether inference mode was on."""
    training: bool
    """``module.training`` at the call."""
    device: str | None = None
    """Of the module's first parameter or buffer at the first of these calls."""
    dtype: str | None = None
    """Of its first floating-point parameter."""
    autocast: str | None = None
    """Autocast's dtype for that device at the first of these calls, ``None``: off."""
    layers: Layers | None = None
    """At the first of these calls."""
    shapes: list[list[int]] = field(default_factory=list)
    """Distinct shapes of the first tensor argument in the calls that were looked at, at most 16."""
    looked_at: int = 0
    """Calls whose shapes were looked at."""
    profiler: str | None = None
    """A profiler or timer of the program's own that looked on at the first of these calls:
    ``"torch.profiler"``, ``"cProfile"``, ``"timeit"``, ``"tracemalloc"``."""
    place: int | None = None
    """Where they were called from: index in `CellRecord.places`."""
    first_s: float | None = None
    """When the first of them began, in seconds since the cell started."""
    last_s: float | None = None
    """When the last of them began that was looked at."""


class ForwardGraph(_Part):
    """The graph that one root forward recorded, measured when it returned."""

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
    truncated: bool = False
    """The walk was cut at its bound: nodes and bytes are lower bounds."""
    place: int | None = None
    """Where it was called from: index in `CellRecord.places`."""


class RetainedGraph(_Part):
    """A graph that a variable, or an attribute of an object, keeps alive after the cell.

    No backward has freed its saved tensors.
    """

    variable: str
    """As the user would write it: ``outputs``, ``trainer.losses``; of one tensor in it, the way to
    that."""
    nodes: int
    saved_bytes: int
    """Bytes of unique storages that no other tensor, parameter or earlier entry holds."""
    largest_bytes: int
    device: str
    tensors: int
    """Tensors in it that carry a graph (a list of outputs has many)."""
    elements: int
    """Elements of the largest of them: 1 for a loss."""
    other_leaves: bool
    truncated: bool = False
    """The walk was cut at its bound: nodes and bytes are lower bounds, perhaps by orders."""


class Scaler(_Part):
    """What a ``torch.amp.GradScaler`` did during the cell."""

    variable: str | None
    enabled: bool
    steps: int
    skipped: int
    """Steps that it left out because gradients had overflowed: the optimizer was not called, or
    the scale fell."""
    place: int | None = None
    """Where its last step was called from: index in `CellRecord.places`."""


class CacheClears(_Part):
    """Calls that give the allocator's unused memory back to the driver."""

    calls: int
    duration_s: float
    places: list[int] = field(default_factory=list)
    """Where they were called from, bounded: indices in `CellRecord.places`."""
    freed_bytes: int = 0
    """Sum of what reserved memory fell in these calls."""


class ParameterGroup(_Part):
    """Options of one of an optimizer's groups; ``None``: it has none of that name."""

    lr: float | None = None
    weight_decay: float | None = None
    decoupled_weight_decay: bool | None = None
    fused: bool | None = None
    foreach: bool | None = None
    parameters: int = 0
    """Tensors in the group."""


class Ungraded(_Part):
    """Parameters to which no gradient came."""

    path: str
    """As the user would write it: a module of which no parameter has one, ``model.encoder``, or a
    parameter, ``model.head.bias``."""
    tensors: int


class UntakenGradients(_Part):
    """Gradients of one root module that backwards made while no optimizer had its parameters."""

    module: str
    """As the user would write it, ``backbone``; of one that no variable has, as the function that
    called it wrote it."""
    class_name: str
    parts: list[str]
    """What of it no optimizer has: the outermost modules and parameters of which that is true in
    all that requires a gradient. All of it: its own name. Bounded."""
    tensors: int
    """Parameters whose gradient was new, or had changed, between two steps that were looked at."""
    gradient_bytes: dict[str, int] = field(default_factory=dict)
    """Of these gradients, by device."""
    local: bool = False
    """No variable of the notebook has the module."""
    called_place: int | None = None
    """Where a local module was called first: index in `CellRecord.places`."""
    place: int | None = None
    """Where the optimizer stepped from, in whose steps this was seen."""
    clipped: bool | None = None
    """Whether clipping has changed some of them between these steps; ``None``: nothing was
    clipped there."""


class Optimizer(_Part):
    """An optimizer that stepped in the cell, or that a variable holds."""

    variable: str | None
    """That variable, or the way from one: ``trainer.optimizer``."""
    class_name: str
    """Without its module: ``"Adam"``. A subclass has its own name."""
    steps: int
    count: int = 1
    """Optimizers that are alike in all but their parameters and written alike, as of a library that
    makes one for each of these: each took so many `steps`; bytes, parameters, `timed_steps`
    and `timed_s` are sums."""
    timed_steps: int = 0
    timed_s: float = 0.0
    """Host time of `timed_steps` of them."""
    groups: list[ParameterGroup] = field(default_factory=list)
    parameter_bytes: dict[str, int] = field(default_factory=dict)
    """By dtype."""
    devices: list[str] = field(default_factory=list)
    state_bytes: dict[str, int] = field(default_factory=dict)
    """By device."""
    kept_gradients: int = 0
    """Steps before which gradients were not cleared since the step before: the same gradient
    tensor, and no ``zero_grad`` seen."""
    module: str | None = None
    """The root module that has the most of its parameters, as `variable` is written."""
    shared_parameters: int = 0
    """Tensors that it shares with `module`."""
    lost: Literal["parameters", "module"] | None = None
    """It has no parameter of the module any more that it had been made for: that module's
    parameters were replaced, or the variable holds a new module."""
    lost_module: str | None = None
    """How that module is written."""
    name: str | None = None
    """In a function: how the code at `place` wrote it, ``self.optimizer``."""
    local_module: str | None = None
    """In a function: how its code wrote the module that has the most of the parameters, as in
    `Placement.local_modules`; so many as `shared_parameters` says."""
    place: int | None = None
    """Where its last step was called from: index in `CellRecord.places`."""
    made: Made | None = None
    """``None``: before the profiler was there, or as a copy."""
    first_lr: float | None = None
    """The first group's learning rate at the first step; `groups` have the last."""
    skipped: int = 0
    """Steps that a gradient scaler left out; they are not among `steps`. A fused optimizer leaves
    them out by itself, and then this is not known."""
    looks: int = 0
    """Steps before which gradients were looked for: the first ones, then now and then. Steps
    with a closure, in which gradients come and may go, are left out."""
    parameters: int = 0
    """Tensors that required a gradient at the first of these looks."""
    ungraded_parameters: int = 0
    """Those of them that never had one, neither when looked at nor at the end of the run, and have
    no state: as far as is known the optimizer never changed them."""
    ungraded: list[Ungraded] = field(default_factory=list)
    """What they are, bounded; empty if nothing was found that has them."""
    not_finite_step: int | None = None
    """The first step, skipped ones among them, whose gradients were not all finite: the scaler
    left it out, or ``clip_grad_norm_`` had just returned such a norm on the CPU. ``None``: nothing
    has told so without waiting for a device."""
    not_finite_place: int | None = None
    """Where that was told: index in `CellRecord.places`."""


class DataLoading(_Part):
    """What one ``DataLoader`` did during the cell, or several of one kind.

    They are of one kind if they have the same dataset and settings and were made and asked for
    batches at the same places.
    """

    variable: str | None
    """The variable that holds it, or the way from one: ``trainer.loader``, ``loaders["train"]``."""
    dataset: str
    """Class name of the dataset."""
    dataset_in_notebook: bool
    """The notebook defined its class, or that of a dataset in it, or its transforms, or the
    loader's ``collate_fn``: spawned workers cannot import them."""
    workers: int
    pin_memory: bool
    prefetch_factor: int | None
    persistent_workers: bool
    batch_size: int | None
    start_method: str | None
    """How its workers start, ``None`` without workers."""
    iterators: int
    """Passes that were begun."""
    batches: int
    startup_s: float
    """Time to make iterators, worker processes among it."""
    wait_s: float
    """Time in which the loop waited for batches, the first of each pass among it."""
    first_wait_s: float
    """Of the first batch of each pass, summed."""
    wait_p50_s: float | None = None
    """Median wait of a batch, first ones left out."""
    wait_p95_s: float | None = None
    loop_s: float = 0.0
    """From a pass's first request for a batch to its last, summed: waits and the work between."""
    wait_cpu_s: float | None = None
    """CPU time of the waiting thread during the waits; without workers it makes the batches."""
    wait_delay_s: float | None = None
    """Of the waits: time in which that thread was ready to run and other programs had the cores,
    where the system tells."""
    read_bytes: int | None = None
    """Read from disk by this process during the waits, where the system tells."""
    batch_bytes: int = 0
    """Tensors of the first batch."""
    batch_devices: list[str] = field(default_factory=list)
    iterable: bool = False
    """An ``IterableDataset``, of which each worker goes through the whole unless it is divided."""
    batch_pinned: bool | None = None
    place: int | None = None
    """Where the loop asked for batches: index in `CellRecord.places`."""
    name: str | None = None
    """In a function: how the code at `place` wrote it, ``loader``."""
    made: Made | None = None
    """``None``: before the profiler was there, or as a copy."""
    repeated_orders: int = 0
    """Passes for which a ``DistributedSampler`` that shuffles gave the order of the pass before:
    nobody had told it that another epoch began."""
    loaders: int = 1
    """How many there were; counts, times and bytes read are of all."""
    role: Literal["training", "evaluation"] | None = None
    """By what the loop did with the batches that were looked at: backwards followed forwards with
    gradients, or forwards without gradients came in a run that trains. ``None``: neither is
    known."""
    is_whole: bool = False
    """It goes through the whole dataset: PyTorch's own samplers make its batches, and they divide
    nothing."""
    first_batches: list[str] = field(default_factory=list)
    """In a rank: fingerprints of its first batches, bounded, of what lay in the host's memory. The
    same batch in another rank has the same."""


class Evaluation(_Part):
    """Evaluations by a library that gathers their outputs on one device, begun at one place.

    Written only where some lay on an accelerator. `gathered_bytes` to `failed` are of the moment
    at which most did: when the library took them to the host, or when the evaluation failed.
    """

    library: str
    """``"transformers"``."""
    device: str
    calls: int
    """Evaluations that were begun there."""
    gathered_bytes: Bytes
    """Of storages that the library kept for the end of the evaluation, on the device; at least so
    many where thousands of batches were kept one by one."""
    batches: int
    """Of which these were the outputs."""
    allocated_bytes: Bytes
    """What was allocated on the device then."""
    joined: bool
    """Each batch was joined with those before, for which both are there for a moment."""
    host_each: int | None
    """Batches after which the library takes outputs to the host; ``None``: it was not set, so when
    the evaluation has ended."""
    failed: bool
    peak_bytes: Bytes
    """The highest allocation on the device during these evaluations, at least."""
    place: int | None = None
    """Where they were begun: index in `CellRecord.places`."""


class Collected(_Part):
    """What gathers tensors: a list or dict that grew, or a sum over a loop."""

    variable: str
    """The variable, or an attribute of its object as the user would write it:
    ``trainer.losses``."""
    kind: Literal["list", "dict", "sum"]
    tensors: int
    """Of a sum: its terms."""
    new_tensors: int
    """How many more than after the run before."""
    scalars: int
    """Tensors of one element."""
    direct: int = 0
    """Tensors that are items themselves, and not in tuples, dictionaries or objects that are; of a
    dictionary of lists that hold nothing else, all."""
    storage_bytes: dict[str, int] = field(default_factory=dict)
    """By device, unique storages."""
    with_graph: int = 0
    """Tensors (of a sum: terms) that have a ``grad_fn``."""
    graph_nodes: int = 0
    """Nodes of the graphs that they keep, whether saved tensors are still in them or not."""
    truncated: bool = False


class Holder(_Part):
    """What keeps memory alive beyond the notebook's own variables."""

    kind: Literal["output", "traceback", "old_object"]
    """``output``: IPython's ``Out[]`` and ``_``; ``traceback``: the frames of the last error;
    ``old_object``: what a variable held before it was bound again."""
    name: str
    """``"Out[5]"``, ``"train_step: activations"``, ``"model"``."""
    what: str
    """Class name, with the shape of a tensor: ``"Tensor [64, 3, 224, 224]"``."""
    unique_bytes: dict[str, int] = field(default_factory=dict)
    """By device: storages that no variable of the notebook reaches, each counted for the first
    holder only."""
    held_by: list[str] = field(default_factory=list)
    """Of old objects: what keeps them, where that is known: ``"optimizer"`` (a variable),
    ``"Out[3]"``, ``"traceback"``."""
    execution_count: int | None = None
    """Of the cell that made the output or raised the error."""
    storages: int = 0
    """How many there are in `unique_bytes`; 0: not told."""
    each_bytes: int | None = None
    """What each of them takes, if all take the same."""


class Action(_Part):
    """Something that the kernel does on a click, described before; it changes no source."""

    kind: Literal[
        "release_outputs",
        "clear_traceback",
        "delete_names",
        "empty_containers",
        "delete_keys",
        "empty_cache",
        "collect_garbage",
        "trim_host",
        "run_cell",
    ]
    title: str
    """What the button says: ``"Release Out[5]"``."""
    description: str
    """What will happen, and what will not work any more."""
    targets: list[str] = field(default_factory=list)
    """Execution counts of outputs, names of variables, ways to lists, dictionaries and keys
    (``trainer.log``, ``models["a"]``), or the id of the cell to run."""
    expected_bytes: dict[str, int] = field(default_factory=dict)
    """What it should free, by device."""


class Growth(_Part):
    """What grew each time that one cell ran, lately."""

    cell_id: str | None
    grown_bytes: int
    """The least of these growths."""
    runs: int
    """The last runs of the cell, one after the other, in each of which it grew."""


class CountGrowth(_Part):
    """What became more each time that one cell ran, lately, and is told by a number."""

    kind: Literal[
        "forward_hooks",
        "forward_pre_hooks",
        "backward_hooks",
        "backward_pre_hooks",
        "graph_nodes",
    ]
    """``graph_nodes``: of an autograd graph that goes on from where it was after the run before."""
    name: str
    """The module that has the hooks, or what carries the graph, as the user would write it."""
    count: int
    """How many there are now."""
    grown: int
    """The least of these growths."""
    runs: int
    """The last runs of the cell, one after the other, in each of which it grew."""
    cell_id: str | None


class RunGrowth(_Part, omit_defaults=True):
    """By how much one holder grew within one run."""

    run_id: str
    grown_bytes: int
    tensors: int = 0
    """Tensors that it has more than before the run, if it gathers them; 0: not known."""
    each_bytes: int | None = None
    """What each of them takes, if all take the same."""
    line: int | None = None
    """The only line of the cell that adds to it, from one; ``None``: there is none, or several."""


class MemoryShare(_Part, omit_defaults=True):
    """What one holder has of the memory of a device."""

    kind: Literal[
        "parameters",
        "gradients",
        "optimizer_state",
        "tensors",
        "graphs",
        "outputs",
        "traceback",
        "old_objects",
        "cached",
        "other_processes",
        "let_go",
        "freed",
        "process",
        "unknown",
    ]
    """``cached``: the allocator's, unused; ``let_go``: where memory ran out, what the failing lines
    had, and what went with the error; ``freed``: of the host, freed by the program and kept by
    its C library; ``process``: of the host, what is no tensor; ``unknown``: of a device, allocated,
    and no variable reaches it."""
    name: str | None
    """As the user would write it: ``cache``, ``trainer.losses``, ``Out[5]``."""
    held_bytes: int
    what: str | None = None
    """``"Tensor [64, 3, 224, 224]"``, ``"12 tensors"``, ``"ResNet"``."""
    made_run_id: str | None = None
    """The run after which most of it was first seen; ``None``: not known."""
    made_count: int | None = None
    """The execution count of that run."""
    shown_bytes: int | None = None
    """Of a view that alone keeps a much larger storage: what it shows of it."""
    shares_with: str | None = None
    """A module whose memory this is, all of it: a copy that is none. `held_bytes` is then zero."""
    growth: Growth | None = None
    counts: list[CountGrowth] = field(default_factory=list)
    """What else grows with each run of a cell at this holder, bounded."""
    within: RunGrowth | None = None
    """How it grew in a loop of the run that filled it, or in the run that ran out of memory."""
    not_looked_at: int | None = None
    """Of what is in no variable: so many objects were not looked at, for the search was cut."""
    action: Action | None = None
    """What would let go of it, where that can be offered."""


class DeviceMemory(_Part):
    """What holds the memory of one device at present; of the host that of the whole process."""

    device: str
    used_bytes: int
    """What live tensors take; of the host its resident set."""
    reserved_bytes: int | None = None
    """What PyTorch's caching allocator holds, `used_bytes` among it."""
    total_bytes: int | None = None
    holders: list[MemoryShare] = field(default_factory=list)
    """Largest first, bounded. Each storage counts for the first that has it."""


class MadeMemory(_Part):
    """What became of the memory that one run made on one device, as far as it was seen."""

    run_id: str
    execution_count: int | None
    device: str
    alive_bytes: int
    names: list[str] = field(default_factory=list)
    """What holds most of it, bounded."""
    unreached_bytes: int = 0
    """Of what is alive: what was found in no variable, output or frame any more, as an error's
    frames are that another error has replaced and Python has not collected yet."""
    freed: dict[str, int] = field(default_factory=dict)
    """Bytes by the execution count of the later run that let them go; ``""``: an action did, or a
    run without a count."""


class MemoryNow(_Part):
    """What holds memory at present: when the last cell had ended, or an action was carried out."""

    devices: list[DeviceMemory] = field(default_factory=list)
    """The host first, then devices in order."""
    made: list[MadeMemory] = field(default_factory=list)
    """By run and device, the latest run last, bounded."""
    run_id: str | None = None
    """The latest run by then."""


class OutOfMemory(_Part):
    """The state of a device when an allocation failed."""

    device: str
    requested_bytes: int | None
    allocated_bytes: int
    """What live tensors took then: by the error's text, where more went with the error than its
    two decimals leave open, else when the cell had ended."""
    reserved_bytes: int | None
    total_bytes: int | None
    free_bytes: int | None
    """What the driver had left."""
    alloc_retries: int | None
    holders: list[MemoryShare] = field(default_factory=list)
    """Largest first; their bytes add up to what was in use as far as it is known."""


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
    last_backward_place: int | None = None
    """Where the last of them was called from: index in `CellRecord.places`."""
    optimizer_steps: int = 0
    last_step_place: int | None = None
    """Where the last of them was called from."""
    backward_places: list[Visits] = field(default_factory=list)
    """Where backwards were called from, in the order in which they were seen first, bounded."""
    step_places: list[Visits] = field(default_factory=list)
    """The same of the optimizers' steps."""
    zero_grads: int = 0
    """Calls of ``optimizer.zero_grad`` and ``module.zero_grad``, outermost."""
    zero_grads_kept: int = 0
    """Those with ``set_to_none=False``: gradients stay allocated."""
    retaining_backwards: int = 0
    """Backwards with ``retain_graph=True`` and without ``create_graph``."""
    retaining_place: int | None = None
    """Where the last of them was called from."""
    retaining_bytes: int = 0
    """What the second of their graphs has saved and the first has not; 0 if there was one only."""
    retaining_device: str | None = None
    """The device that holds most of it."""
    retained_reused: bool = False
    """A later backward of the cell went through a graph that one of them retained, or this
    could not be followed."""
    double_softmax_place: int | None = None
    """Where a backward was called whose loss applies log-softmax to the output of a softmax."""
    clips: int = 0
    """Calls of ``clip_grad_norm_`` and ``clip_grad_value_``."""
    clips_scaled: int = 0
    """Those on gradients that a scaled loss had made and no ``unscale_`` had divided."""
    clip_place: int | None = None
    """Where the last of them was called from."""
    scaler: Scaler | None = None
    """The gradient scaler that was used in the cell."""
    untaken: list[UntakenGradients] = field(default_factory=list)
    """Gradients that no living optimizer of the session, and none that stepped in the cell, takes;
    by root module that was called, bounded."""
    timed_backwards: int = 0
    timed_backwards_s: float = 0.0
    """Host time of `timed_backwards` of them."""
    cache_clears: CacheClears | None = None
    """``torch.cuda.empty_cache()`` and its like."""
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
    """They may be in other cells than the one that ran; none overlaps another."""
    safe: bool = False
    """Every value that the program computes stays the same (up to rounding where PyTorch chooses
    another kernel), so that it may be applied together with others."""


class Prediction(_Part):
    """What the fix is expected to change, from measured numbers."""

    metric: str
    """``"graph_bytes"`` (memory kept by autograd graphs after the cell), ``"peak_bytes"``,
    ``"allocated_after_bytes"`` or ``"duration_s"``."""
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
    """Lines of the cell (or of the file at `code_path`), from one."""
    fix: Fix | None = None
    refusal: str | None = None
    """Why there is no fix, if there is none."""
    code_cell_id: str | None = None
    """The cell that `lines` count in, if that is not `cell_id`."""
    code_path: str | None = None
    """The file that `lines` count in, if they are of no cell: `FileText.path`."""
    actions: list[Action] = field(default_factory=list)
    leftover: bool = False
    """It is about memory that the run left behind, so there is nothing to it when that is gone, as
    after a restart of the kernel."""


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


PHASES = ("data", "forward", "backward", "optimizer", "evaluation", "saving")
"""Names of `CellRecord.phases`, in the order in which they are told."""


# --- deep profile ------------------------------------------------------------------------------


class DeepWindow(_Part):
    """What part of a run was recorded in depth."""

    begin_s: Seconds
    """Since the run's start."""
    end_s: Seconds
    whole_steps: bool = False
    """It begins and ends with a step of a loop; else it is the run from its start on."""
    steps_seen: int = 0
    """Steps that had ended when it did, those that warmed up among them."""
    cut: Literal["events", "time", "error", "user_profiler", "stopped"] | None = None
    """Why less was recorded than was asked for: so many events that they would take too much
    memory, too long a time, a profiler of the program's own, or the user had it stopped."""


class DeepStep(_Part):
    """One step of the loop, or a piece of a run without steps."""

    duration_s: Seconds
    phases: dict[str, Seconds] = field(default_factory=dict)
    """Host time by what it was spent for: those of `PHASES` that the operators tell, and
    ``"other"``. Together they are ``duration_s``."""


class DeepLine(_Part):
    """A line of the user's code within the window."""

    place: int
    """Index in the run's ``places``."""
    host_s: Seconds = 0.0
    """Time on the line itself and in libraries that it called, not in other lines."""
    operators_s: Seconds = 0.0
    """Of that, in operators of PyTorch's."""
    backward_s: Seconds = 0.0
    """Operators of backwards through what the line computed, wherever the backward was called."""
    calls: int = 0
    """Operators that it called, without those within them."""
    flops: int = 0
    """Floating-point operations, forward and backward, of operators that are counted."""
    moved_bytes: Bytes = 0
    """Of tensors that its operators, forward and backward, read or wrote: each once."""
    device: str | None = None
    """``"cpu"``; ``None``: its operators were on several devices, or got no tensors."""
    dtype: str | None = None
    """With which most of its operations were: ``"float32"``."""
    spread_s: Seconds | None = None
    """Standard deviation, from step to step, of a step's ``host_s`` and ``backward_s`` together;
    ``None``: fewer than two whole steps."""
    entered: int = 0
    """How often the program came to it."""
    alike: int = 0
    """Of the short calls that were looked at those of the operators and shapes that it called most
    often: of as many of them as it calls each time."""
    looked_at: int = 0
    """Short calls whose shapes were looked at: all, or a sample of them."""


class DeepOperator(_Part):
    """All calls of one operator in one phase."""

    name: str
    """PyTorch's: ``"aten::addmm"``."""
    phase: str
    calls: int
    self_s: Seconds
    """Without the operators within it."""
    total_s: Seconds
    flops: int | None = None
    """``None``: there is no formula for it."""
    place: int | None = None
    """The line that most of its own time belongs to."""
    module: str | None = None
    """The module that most of its own time belongs to."""
    spread_s: Seconds | None = None
    """Standard deviation, from step to step, of a step's ``self_s``; ``None``: as for lines."""


class DeepModule(_Part):
    """A module by its path from its root, such as ``"Sequential.0"``."""

    name: str
    forward_s: Seconds = 0.0
    """Operators in its own forward, not in those of modules within it."""
    backward_s: Seconds = 0.0
    """Operators of the backwards of these."""
    flops: int = 0
    spread_s: Seconds | None = None
    """Standard deviation, from step to step, of a step's time; ``None``: as for lines."""


class DeepNode(_Part):
    """Time of operators by line, below it by module, below that by operator."""

    parent: int | None
    """Index of the node above, which stands before it; ``None``: a line."""
    kind: Literal["line", "module", "operator"]
    name: str = ""
    """Of a module its path, of an operator PyTorch's; empty for a line."""
    phase: str | None = None
    """Of an operator."""
    place: int | None = None
    """Of a line; ``None`` of what belongs to none."""
    total_s: Seconds = 0.0
    """Own time of the operators, with what stands below."""


class DeepHeld(_Part):
    """Tensors that were there at the peak of the window, and were made in it."""

    place: int | None
    """The line that made them; ``None``: none of the user's, or a backward."""
    phase: str
    """What went on then: one of `PHASES`, or ``"other"``."""
    held_bytes: Bytes
    blocks: int
    """How many storages."""


class DeepPart(_Part):
    """Blocks of memory that grow in the same way with the sizes of what a step gets."""

    category: str
    """``"parameters"`` (buffers too), ``"gradients"``, ``"optimizer"`` (its state),
    ``"activations"`` (kept for the backward), ``"temporaries"``, ``"batch"``, ``"kept"`` (what
    outlives its step), or ``"before"``: what stood before the step and has no part in it."""
    held_bytes: Bytes
    blocks: int
    batch: int = 0
    """The power of the batch size with which they grow; 0: they do not."""
    length: int = 0
    """The same of the sequence length."""
    most_batch: int | None = None
    """The highest power that it may be, where the sizes do not tell; ``None``: they do."""
    most_length: int | None = None
    floating: int | None = None
    """Bytes of an element, where they are floating-point numbers."""


class DeepMoment(_Part):
    """What stood on a device when a step had most, or would have with a batch of another size."""

    at_s: Seconds
    """Since the run's start."""
    phase: str
    """What went on: one of `PHASES`, or ``"other"``."""
    parts: list[DeepPart] = field(default_factory=list)
    """The largest first."""


class DeepCurve(_Part):
    """What stood on a device in the course of a step, by what it was for."""

    t_s: list[Seconds] = field(default_factory=list)
    """Since the run's start; of each stretch of the step the moment with most."""
    series: dict[str, list[Bytes]] = field(default_factory=dict)
    """By the categories of `DeepPart`, one number for each time."""


class DeepCheckpoint(_Part):
    """What a step would have with activation checkpointing of some modules' calls."""

    modules: list[str]
    """By their paths; bounded."""
    calls: int
    """Of these in the step."""
    again_s: Seconds
    """What their forwards took together, which run once more."""
    moments: list[DeepMoment] = field(default_factory=list)
    """As in `DeepMemory`: first the peak, then what would be it with other sizes; where variables
    hold until a call ends what its backward would have kept."""
    least: list[DeepMoment] = field(default_factory=list)
    """The same where nothing holds it once the forward needs it no more."""


class DeepMemory(_Part):
    """Memory of tensors on one device within the window."""

    device: str
    """``"cpu"`` for the host's."""
    peak_bytes: Bytes
    """Of what the window had made and what stood when there was most in all: ``held`` together, but
    for what that leaves out. Some of what stood before may have been freed by then."""
    peak_s: Seconds
    """When, since the run's start."""
    end_bytes: Bytes
    """At the window's end, beyond the same; below zero: more was freed than made."""
    held: list[DeepHeld] = field(default_factory=list)
    """At the peak, the largest first, bounded."""
    moments: list[DeepMoment] = field(default_factory=list)
    """Of the last step with the highest peak, with all that stood before: first its peak, then
    those moments that would be it with other sizes. Of the host's memory only blocks that the
    step has used are known."""
    curve: DeepCurve | None = None
    """Of the same step."""
    checkpoints: list[DeepCheckpoint] = field(default_factory=list)
    """Of the same step, what would lower its peak most first, bounded; none of modules whose
    backwards do not follow one another."""


class DeepCompilation(_Part):
    """What ``torch.compile`` did during the run, in one place and for one reason."""

    kind: Literal["compiled", "recompiled", "break"]
    """``compiled``: a function, for the first time; ``recompiled``: again, as what it got was of
    another kind; ``break``: it could not follow the code on, and made two parts of it."""
    place: int | None = None
    """Of a break its line, else where the function begins; ``None``: no code of the user's."""
    function: str = ""
    count: int = 1
    seconds: Seconds | None = None
    """What compiling took, all times together; ``None`` of a break."""
    reason: str = ""
    """The compiler's, one paragraph; empty of a first time."""
    hints: list[str] = field(default_factory=list)
    """What the compiler says can be done."""
    url: str | None = None
    """Its page about the reason."""


class DeepRoof(_Part):
    """What a device does at best, as far as it was measured."""

    device: str
    dtype: str
    flops_per_s: float
    """Of a product of square matrices, the median."""
    flops_spread: float
    """Half of the distance between the quartiles."""
    bytes_per_s: float
    """Read and written by a copy that is larger than caches, the median."""
    bytes_spread: float
    threads: int | None = None
    """PyTorch's number of threads, on the host."""
    measured_at: float = 0.0


class DeepInput(_Part, omit_defaults=True):
    """A tensor that an operator got."""

    shape: list[int]
    dtype: str
    """``"float32"``."""
    strides: list[int] | None = None
    """``None``: contiguous."""


class DeepReplay(_Part):
    """Work that was done again on random tensors, as it was and in another way."""

    alternative: str
    """One of `DeepWork.alternatives`."""
    original_s: Seconds
    """Median of one call as it was."""
    alternative_s: Seconds
    """Median of one call in the other way, with the conversions that it needs."""
    original_spread_s: Seconds
    """Half of the distance between the quartiles."""
    alternative_spread_s: Seconds
    rounds: int
    """Times that each was measured, in turn."""
    threads: int
    """PyTorch's number of threads, which one alternative halves."""


class DeepWork(_Part, omit_defaults=True):
    """Calls on the same shapes that belong together, and could be done in another way."""

    kind: Literal["operator", "attention", "optimizer", "pointwise", "casts", "layout"]
    """``operator``: calls of one; ``attention``: product, softmax and product one by one;
    ``optimizer``: an update of all parameters, one by one; ``pointwise``: element by element, one
    operator behind the other; ``casts``: the same tensors to another type in each step;
    ``layout``: copies into another order, with the product that reads them."""
    name: str
    """PyTorch's name of the operator; ``"attention"``, ``"Adam"``, ``"pointwise"``; of casts the
    type that was made; of copies the product, or ``"channels_last"`` where they turn images, which
    would lie as they are wanted in that order."""
    phase: str
    device: str
    """``"cpu"``, ``"cuda:0"``."""
    inputs: list[DeepInput]
    """What one call got: queries, keys and values of an attention; parameters of an optimizer; the
    largest that were cast; of a product the source in the place of its copy."""
    calls: int
    total_s: Seconds
    """Of all calls, with the operators within them, without a backward."""
    backward_s: Seconds = 0.0
    """Of an attention or of pointwise operators: their backward."""
    operators: int = 1
    """In one call."""
    moved_bytes: Bytes = 0
    """Of pointwise operators in all calls: what one wrote and the next read again; of casts: what
    is cast in one step."""
    place: int | None = None
    module: str | None = None
    """``None``: several, or none."""
    numbers: list[list[int]] = field(default_factory=list)
    """Of a convolution: stride, padding, dilation, transposed, output padding, groups; of a product
    with a copy: which of its tensors that is."""
    masked: bool = False
    """Of an attention: something was added to the product, or masked in it."""
    dropout: bool = False
    """Of an attention: some of the weights were dropped."""
    alternatives: list[str] = field(default_factory=list)
    """Other ways, which can be tried: ``"bfloat16"``, ``"padded"``, ``"channels_last"``,
    ``"fewer_threads"``, ``"sdpa"``, ``"fused"``, ``"no_copy"``."""
    replays: list[DeepReplay] = field(default_factory=list)
    """Of those that were tried the last."""


class DeepProfile(_Part):
    """Operators of a few steps, and the lines and modules that they belong to.

    Times are of the host. They contain what recording took, about a twentieth.
    """

    steps_asked: int
    window: DeepWindow
    steps: list[DeepStep] = field(default_factory=list)
    lines: list[DeepLine] = field(default_factory=list)
    """Those that took most first, bounded."""
    lines_known: bool = True
    """``False``: a debugger or a tracer was at work, or the code has no lines of the user's."""
    operators: list[DeepOperator] = field(default_factory=list)
    """Those with most time of their own first, bounded."""
    modules: list[DeepModule] = field(default_factory=list)
    """Those that took most first, bounded."""
    memory: list[DeepMemory] = field(default_factory=list)
    """The host first; none where nothing was made, or pieces were recorded instead of steps."""
    batch_size: int | None = None
    """First size of what the root modules got in the step with the highest peak; ``None``: they got
    different ones, or none was seen."""
    sequence_length: int | None = None
    """Its second size, where that is one of sequences; ``None``: none is known, or it is as large
    as the batch, so that the two cannot be told apart."""
    tree: list[DeepNode] = field(default_factory=list)
    """Those that have a thousandth of the time or more, bounded."""
    work: list[DeepWork] = field(default_factory=list)
    """What could be done in another way, that which took most first, bounded."""
    compiler: list[DeepCompilation] = field(default_factory=list)
    """What ``torch.compile`` did in the whole run: breaks first, then what took most; bounded."""
    roofs: list[DeepRoof] = field(default_factory=list)
    """Of the devices and types of its lines, once somebody had them measured."""
    operators_s: Seconds = 0.0
    """All operators of all threads together."""
    idle_s: Seconds = 0.0
    """Time of the window in which the cell's thread ran no operator: Python, waiting, the rest."""
    flops: int = 0
    """Floating-point operations that were counted; a multiplication and an addition are two."""
    events: int = 0
    """What PyTorch recorded."""
    reading_s: Seconds = 0.0
    """What it took to end the collection and to read them, in the cell and after it."""


class Collectives(_Part):
    """All calls of one collective in one process group, as PyTorch's flight recorder has them."""

    name: str
    """As the recorder has it: ``"gloo:all_reduce"``."""
    group: str
    """The process group's description."""
    calls: int
    input_bytes: Bytes
    """What this rank gave, from sizes and data types."""


class Lateness(_Part):
    """When a rank came to collectives that all ranks have called, beside the others.

    A rank's own steps cannot tell: those that wait for the last one take as long as it does.
    """

    collectives: int
    """That were compared, the last ones of the run."""
    median_s: Seconds
    """After the median of the other ranks; below zero: before it."""
    late_share: float
    """Of the collectives, those to which it came 5 ms or more after the median of the others."""
    first_s: Seconds | None = None
    """When this rank came to the first of them, since the start of its run."""
    last_s: Seconds | None = None
    """And to the last."""


class Replica(_Part):
    """A ``DistributedDataParallel``, as it has logged itself.

    Times are means of the iterations that it timed, its first ten and then one in a hundred; of a
    device they are those of its work.
    """

    path: str | None
    """How the code wrote it; ``None``: not known."""
    parameter_bytes: Bytes
    iterations: int
    """Until it was asked; those that reduce no gradients, as under ``no_sync``, are none. Zero: its
    forward was never called to train, or once."""
    forward_s: Seconds | None
    """``None``: not logged."""
    backward_s: Seconds | None
    """Until the last gradient was there."""
    communication_s: Seconds | None
    """From the first reduction to the end of the last, waits for other ranks among it."""
    overlap_s: Seconds | None
    """Of the communication, while the backward still computed."""
    finds_unused: bool
    """``find_unused_parameters``."""
    unused_bytes: Bytes
    """Of parameters that had no gradient in the last iteration, where these are looked for."""
    bucket_view: bool
    """``gradient_as_bucket_view``."""
    static_graph: bool
    world_size: int | None = None
    """Of its process group: fewer than all ranks have the same data where others share a model."""


class Waiting(_Part):
    """A collective that a rank has called and that had not ended when it was looked at."""

    name: str
    """As in `Collectives`."""
    group: str
    number: int
    """Of the collective in its group: the others have come as far as theirs says."""
    since_s: Seconds


class RankRun(_Part):
    """What one process did that a cell started with others: a rank of a distributed run."""

    rank: int
    """As ``torch.distributed`` or ``RANK`` says; where neither does, the number it was started
    with."""
    world_size: int | None
    local_rank: int | None
    pid: int
    host: str
    start_method: str
    """``"fork"``, ``"spawn"`` or ``"forkserver"``; ``"command"``: a launcher of scripts;
    ``"engine"``: it ran before, and was sent the cell, or functions of it, which are one run;
    ``"kernel"``: it is a kernel, and ran the cell beside the one whose record this is in;
    ``"ray"``: a worker of Ray Train."""
    backend: str | None
    """Of its default process group; ``None``: it had none, so it may be no rank of anything."""
    exit: Literal["ok", "error", "killed", "running"]
    """``"killed"``: by a signal, or nobody knows by what; ``"running"``: it had not ended when the
    cell had, as far as was heard. One that ended by ``os._exit`` is told by its exit code."""
    last_seen_at: float
    record: CellRecord
    """Its own measurements, without source. Of one that was killed: what was known 0.1 to 0.5 s
    before, without what is found at the end of a run only."""
    collectives: list[Collectives] = field(default_factory=list)
    """Those with most calls first, bounded; empty where PyTorch records none."""
    replicas: list[Replica] = field(default_factory=list)
    """Of ten steps or more, bounded."""
    waiting: Waiting | None = None
    """In what one waited last that failed, was killed or has not ended: told when nothing had moved
    for 2 s."""
    openmp_wait_s: Seconds | None = None
    """For how long the main thread of such a one, a fork, had waited when it was looked at last
    for threads of OpenMP, with which PyTorch computes, while nothing of the process was at work: a
    fork has not copied them. ``None``: it had not, or the system does not tell."""
    last_place: int | None = None
    """Where such a one was met last, of its record's places."""
    lateness: Lateness | None = None
    """``None``: too few collectives, or ranks on several machines, whose clocks differ."""
    launch: int = 0
    """Those that were started together have the same number, from zero in each cell: a cell can
    start processes again and again, as a search or a launcher that restarts them does."""


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
    cpu_s: float | None = None
    """Processor time of the process during the cell, all its threads together: more than
    ``duration_s`` where several cores were at work. Child processes are not in it."""
    children_cpu_s: float | None = None
    """Processor time of child processes that ended during the cell, such as a loader's workers,
    where the system tells."""
    error: ErrorInfo | None = None
    memory: list[MemoryEntry] = field(default_factory=list)
    """The host first, then devices in order."""
    samples: list[Sample] = field(default_factory=list)
    lines: list[LineCost] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    """The calling-context tree; a parent stands before those below it."""
    places_complete: bool = True
    """``False``: there were more than are kept; the others count for the nodes that called them."""
    files: list[FileText] = field(default_factory=list)
    """Texts of the user's modules in which something happened, bounded."""
    stack_samples: int = 0
    """Looks at the cell's stack, those that met none of its places among them."""
    phases: dict[str, float] = field(default_factory=dict)
    """Shares of the run's time, 0 to 1, by what it was spent for: ``"data"``, ``"forward"``,
    ``"backward"``, ``"optimizer"`` (scalers, schedulers, clipping and clearing of gradients too),
    ``"evaluation"`` (forwards without gradients beside training, a library's loop over validation
    data), ``"saving"``; the rest is none of these. From looks at the stack, but for data where
    the loaders' waits were measured. Host time: a device's work counts where the program waits for
    it. Empty where nothing was computed with modules or too few looks were taken."""
    placement: Placement | None = None
    """``None`` while PyTorch has not been imported."""
    grad: GradState | None = None
    moves: list[Move] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    optimizers: list[Optimizer] = field(default_factory=list)
    data_loading: list[DataLoading] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    collected: list[Collected] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)
    """Largest first, bounded."""
    warnings: list[RaisedWarning] = field(default_factory=list)
    torch: TorchState | None = None
    """``None`` while PyTorch has not been imported."""
    out_of_memory: OutOfMemory | None = None
    deep: DeepProfile | None = None
    """``None``: none was asked for."""
    ranks: list[RankRun] = field(default_factory=list)
    """Processes that ``torch.multiprocessing`` started for the cell, by rank."""
    advice: list[Advice] = field(default_factory=list)
    verification: list[Verification] = field(default_factory=list)
    overhead_s: float = 0.0
    """What the profiler itself took, before, during and after the cell."""
    former: bool = False
    """It ran in a kernel that was restarted since, so nothing that it left in memory is there any
    more. Front ends keep such runs, and say so; a kernel knows none."""


class Check(_Part):
    """One thing that the doctor looked at, in PyTorch, its devices and their surroundings."""

    level: Literal["ok", "note", "problem"]
    topic: str
    """``"driver"``."""
    found: str
    """One sentence."""
    advice: str = ""
    """What to do, where something can be done."""


class Session(_Part):
    """A kernel's history: what is saved, sent to a new front end and rendered as a report."""

    schema_version: str
    environment: Environment
    cells: list[CellRecord] = field(default_factory=list)
    """In the order they ran; a cell that ran twice is there twice."""
    notebook: str | None = None
    """File name of the notebook, where it is known."""
    health: list[HealthEntry] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    """The doctor's findings when the document was written; empty in what a kernel sends, and where
    nobody could be asked."""
    memory_now: MemoryNow | None = None
    """``None`` while PyTorch has not been imported, and in documents from before format 2.1."""
    source_left_out: bool = False
    """Source, and what quotes it, was taken out of the document (``--no-source``)."""
