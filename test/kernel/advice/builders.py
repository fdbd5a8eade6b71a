"""What the tests of the rules say in the same words: records' parts, and what is advised on them.

A file that needs other defaults takes them by `functools.partial`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    Advice,
    CellRecord,
    Collectives,
    DataLoading,
    ErrorFrame,
    ErrorInfo,
    FailedCall,
    Forwards,
    Layers,
    Made,
    NamedObject,
    Place,
    PlacedModule,
    Placement,
    RankRun,
    Replica,
    TorchState,
)
from jupyterlab_torchprof.source import source_hash


def advised(build: Any, rule: str, *records: CellRecord) -> list[Advice]:
    """What a rule says of records that ended in this order."""
    return [advice for advice in build.Session(*records).advised() if advice.rule == rule]


def only(build: Any, rule: str, *records: CellRecord) -> Advice | None:
    """The one piece of advice of a rule, or ``None``; never two."""
    found = advised(build, rule, *records)
    assert len(found) < 2
    return found[0] if found else None


def fixed(advice: Advice, source: str) -> str:
    """A cell after the fix."""
    assert advice.fix is not None, advice.refusal
    return apply_edits(source, advice.fix.edits)


def at(line: int | None) -> int | None:
    """The place of something that happened on a line, in a record that `lines_of` made places of.

    ``None``: it is not known where.
    """
    return None if line is None else line - 1


def lines_of(source: str, least: int = 20) -> list[Place]:
    """The places of a cell that calls no functions: its lines, and maybe some more."""
    count = max(least, len(source.splitlines()))
    own = source_hash(source)
    return [
        Place(parent=None, kind="cell", line=line, source_hash=own) for line in range(1, count + 1)
    ]


def define(source: str, name: str = "train") -> str:
    """The same as a function."""
    return f"def {name}():\n" + "".join(f"    {line}\n" for line in source.splitlines())


def machine(**facts: Any) -> TorchState:
    """Facts of the machine and of PyTorch; without any, there is no accelerator."""
    return TorchState(**{"version": "2.13.0", **facts})


def placed(*modules: PlacedModule, **more: Any) -> Placement:
    """Modules in variables, in a namespace that knows PyTorch by its name."""
    return Placement(**{"torch_name": "torch", "modules": list(modules), **more})


def forward(place: int | None = 1, **more: Any) -> Forwards:
    """Twenty forwards of a model of large linear layers in training, on a device."""
    values = {
        "place": place,
        "module": "Net",
        "calls": 20,
        "grad": True,
        "inference": False,
        "training": True,
        "device": "cuda:0",
        "dtype": "float32",
        "layers": Layers(linears=4, linear_bytes=64 * 10**6),
    }
    return Forwards(**{**values, **more})


def loading(**more: Any) -> DataLoading:
    """One pass of 100 batches in the process itself, which waits for nothing."""
    values = {
        "variable": "train",
        "dataset": "ImageFolder",
        "dataset_in_notebook": False,
        "workers": 0,
        "pin_memory": False,
        "prefetch_factor": None,
        "persistent_workers": False,
        "batch_size": 32,
        "start_method": None,
        "place": at(1),
        "iterators": 1,
        "batches": 100,
        "startup_s": 0.0,
        "wait_s": 0.0,
        "first_wait_s": 0.0,
    }
    return DataLoading(**{**values, **more})


def made_in(source: str, call: str = "DataLoader(", run_id: str = "made") -> Made:
    """Where a cell's text has its first such call."""
    lines = source.splitlines()
    line = next((number for number, text in enumerate(lines, 1) if call in text), None)
    return Made(run_id=run_id, line=line, source_hash=source_hash(source))


def failed(
    build: Any,
    source: str,
    message: str,
    line: int,
    *,
    name: str = "RuntimeError",
    inside: Sequence[tuple[str, str, int]] = (),
    facts: dict[str, Any] | None = None,
    **more: Any,
) -> CellRecord:
    """A run that failed on a line; ``inside``: source, function and line of the frames within.

    ``facts``: what else `ErrorInfo` has of it.
    """
    frames = [ErrorFrame(source_hash=source_hash(source), function="<module>", line=line)]
    frames += [
        ErrorFrame(source_hash=source_hash(text), function=function, line=at)
        for text, function, at in inside
    ]
    error = ErrorInfo(name=name, message=message, line=line, frames=frames, **(facts or {}))
    return build.record(source, status="error", error=error, **more)


def named(name: str, *shape: int, dtype: str = "float32", **more: Any) -> NamedObject:
    """A tensor on the failing line, on the CPU."""
    values = {"kind": "tensor", "class_name": "Tensor", "devices": {"cpu": 64}, **more}
    return NamedObject(name=name, shape=list(shape), dtype=dtype, **values)


def in_layer(
    class_name: str, module: str | None, given: NamedObject, dtype: str = "float32", **sizes: int
) -> dict[str, Any]:
    """The facts of an error in one of PyTorch's layers."""
    call = FailedCall(
        function="forward",
        library=True,
        module=module,
        class_name=class_name,
        sizes=sizes,
        dtype=dtype,
        arguments={"input": given},
    )
    return {"direct": False, "calls": [call]}


def in_function(function: str, **arguments: NamedObject) -> dict[str, Any]:
    """The facts of an error in one of PyTorch's functions."""
    call = FailedCall(function=function, library=True, arguments=arguments)
    return {"direct": False, "calls": [call]}


def rank_of(build: Any, number: int, launch: int = 0, **more: Any) -> RankRun:
    """One of two ranks that were killed; ``record``: what it measured."""
    values = {
        "rank": number,
        "world_size": 2,
        "local_rank": None,
        "pid": 10 * launch + number,
        "host": "here",
        "start_method": "fork",
        "backend": "gloo",
        "exit": "killed",
        "last_seen_at": 0.0,
        "launch": launch,
    }
    if "record" not in more:
        values["record"] = build.record("", f"rank {launch} {number}")
    return RankRun(**{**values, **more})


def replica(**more: Any) -> Replica:
    """A wrapper of a small model over two ranks, which has trained."""
    values = {
        "path": "model",
        "parameter_bytes": 4096,
        "iterations": 100,
        "forward_s": None,
        "backward_s": None,
        "communication_s": None,
        "overlap_s": None,
        "finds_unused": False,
        "unused_bytes": 0,
        "bucket_view": False,
        "static_graph": False,
        "world_size": 2,
    }
    return Replica(**{**values, **more})


def collective(name: str, input_bytes: int, calls: int = 1) -> Collectives:
    """All calls of one of gloo's."""
    return Collectives(
        name=f"gloo:{name}", group="default_pg", calls=calls, input_bytes=input_bytes
    )
