"""Smaller models for inference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, MemoryEntry, PlacedModule, Prediction, Severity
from ...units import format_bytes
from ...words import count_of
from ..evidence.memory import is_large, memory_entry
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters

_NEAR_FULL = 0.9
_HALF = 0.5
_LEAST_FORWARDS = 3
_ITEM_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}


@dataclass(frozen=True, slots=True)
class Heavy:
    """A model whose weights fill the device while it predicts."""

    record: CellRecord
    module: PlacedModule
    memory: MemoryEntry
    total: int


class ModelCompression(OldRule[Heavy]):
    """The weights of a model take most of a nearly full device during inference.

    The finding is a run of forwards without gradients and without a backward, a peak above 90 %
    of the device or out of memory, and a module whose weights take more than half of it. Said
    once, as a remark. The sizes that it names follow from the weights' bytes and types; what each
    way costs in accuracy is not known here, so nothing is promised.
    """

    id: ClassVar[str] = "model-compression"
    severity: ClassVar[Severity] = "info"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "The weights of a model take most of a nearly full device although it only predicts."
    )
    proof: ClassVar[str] = (
        "Forwards without gradients, a peak above 90 % of the device or out of memory, and weights "
        "of more than half of the device."
    )
    cure: ClassVar[str] = (
        "By hand: weights in bfloat16, weights in int8 (torchao), or a smaller model. Compare the "
        "predictions before and after."
    )
    silent: ClassVar[str] = "Once it was said; while a model trains; with quantized models."
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/ao/stable/index.html",)
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Heavy | None:
        """See the class."""
        if record.placement is None or not _predicting(record):
            return None
        failed = record.out_of_memory.device if record.out_of_memory is not None else None
        for memory in record.memory:
            total = memory.total_bytes
            if memory.device == "host" or not total:
                continue
            if memory.device != failed and memory.peak_bytes <= _NEAR_FULL * total:
                continue
            for module in record.placement.modules:
                is_small = module.layers is None or module.layers.quantized
                if not is_small and module.devices.get(memory.device, 0) > _HALF * total:
                    return Heavy(record, module, memory, total)
        return None

    def title(self, finding: Heavy) -> str:
        """One sentence."""
        size = format_bytes(finding.module.devices[finding.memory.device])
        return f"The weights of `{finding.module.path}` take {size} of a full {_device(finding)}."

    def explanation(self, finding: Heavy) -> str:
        """What happens and what can be done."""
        module = finding.module
        ways = ["a smaller model of the same family"]
        wide = sum(size for dtype, size in module.dtypes.items() if dtype == "float32")
        if wide:
            ways.insert(0, f"bfloat16 (its float32 weights would take {format_bytes(wide / 2)})")
        linear = module.layers.linear_bytes if module.layers is not None else 0
        left = linear / _item_bytes(module)
        if linear:
            ways.insert(1, f"int8 linear weights ({format_bytes(left)} for {format_bytes(linear)})")
        return (
            f"What helps where only predictions are wanted: {'; '.join(ways)}. All of them change "
            "the predictions a little, so compare them on your own data."
        )

    def evidence(self, finding: Heavy) -> list[str]:
        """Facts of the record."""
        return [
            f"{_device(finding)} held up to {format_bytes(finding.memory.peak_bytes)} of "
            f"{format_bytes(finding.total)}.",
            f"`{finding.module.path}` has {finding.module.parameters:,} parameters.",
        ]

    def remedy(self, finding: Heavy) -> Remedy:
        """Only a suggestion."""
        return Remedy(refusal="Which loss of accuracy is acceptable is for you to decide.")


@dataclass(frozen=True, slots=True)
class Wide:
    """A model of wide linear weights that only predicts."""

    record: CellRecord
    module: PlacedModule
    entry: Forwards
    linear: int
    saving: int


class QuantizeInference(OldRule[Wide]):
    """Most of a predicting model is linear weights, and torchao can keep them in int8.

    The finding is forwards without gradients, three in the session at least (one or two only try
    a model out), of a module whose linear weights are more than half of its bytes, in a session
    that never trained it, with torchao installed, where int8 saves at least 64 MiB or 1 % of the
    device. Prediction: those bytes less one byte a weight. Only a
    suggestion: accuracy has to be compared.
    """

    id: ClassVar[str] = "quantize-inference"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Most of a model that only predicts is weights of linear layers, which can be kept as "
        "8-bit integers."
    )
    proof: ClassVar[str] = (
        "Forwards without gradients, linear weights of more than half of the model, torchao "
        "installed, and at least 64 MiB or 1 % of the device to save."
    )
    cure: ClassVar[str] = (
        "By hand: `torchao.quantization.quantize_(model, Int8WeightOnlyConfig())`. Compare the "
        "predictions before and after."
    )
    silent: ClassVar[str] = (
        "Without torchao; in sessions that train; quantized or compiled models; small models; a "
        "forward or two, which only try a model out."
    )
    sources: ClassVar[tuple[str, ...]] = ("https://docs.pytorch.org/ao/stable/index.html",)

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Wide | None:
        """See the class."""
        if record.torch is None or not record.torch.torchao or record.placement is None:
            return None
        for entry in _predicting(record):
            layers = entry.layers
            if layers is None or layers.quantized or layers.compiled or not layers.linear_bytes:
                continue
            roots = [each for each in record.placement.modules if each.class_name == entry.module]
            if len(roots) != 1 or layers.linear_bytes <= _HALF * roots[0].parameter_bytes:
                continue
            saving = round(layers.linear_bytes * (1 - 1 / _item_bytes(roots[0])))
            if not is_large(saving, memory_entry(record, entry.device or "cpu")):
                continue
            if any(run.grad is not None and run.grad.optimizer_steps for run in history):
                return None
            if _predictions(entry.module, record, history) < _LEAST_FORWARDS:
                continue
            return Wide(record, roots[0], entry, layers.linear_bytes, saving)
        return None

    def title(self, finding: Wide) -> str:
        """One sentence."""
        return (
            f"Int8 weights would make `{finding.module.path}` {format_bytes(finding.saving)} "
            "smaller."
        )

    def explanation(self, finding: Wide) -> str:
        """What happens and what can be done."""
        return (
            f"`{finding.module.path}` only predicts, and {format_bytes(finding.linear)} of it are "
            "weights of linear layers. In int8 each takes one byte. Predictions change a little, "
            "so compare them on your own data; the time of a forward may change either way."
        )

    def evidence(self, finding: Wide) -> list[str]:
        """Facts of the record."""
        layers = finding.entry.layers
        linears = layers.linears if layers is not None else 0
        return [
            f"{count_of(finding.entry.calls, 'forward')} of `{finding.entry.module}` ran without "
            "gradients, and no optimizer has stepped in this session.",
            f"Its {count_of(linears, 'linear layer')} hold {format_bytes(finding.linear)} of "
            f"{format_bytes(finding.module.parameter_bytes)}.",
        ]

    def prediction(self, finding: Wide) -> Prediction | None:
        """Memory of the device with one byte a weight."""
        memory = memory_entry(finding.record, finding.entry.device or "cpu")
        if memory is None or memory.device == "host":
            return None
        return Prediction(
            metric="allocated_after_bytes",
            before=memory.allocated_after_bytes,
            after=memory.allocated_after_bytes - finding.saving,
            unit="bytes",
            device=memory.device,
        )

    def remedy(self, finding: Wide) -> Remedy:
        """Only a suggestion."""
        refusal = (
            "Accuracy has to be compared: `from torchao.quantization import quantize_, "
            f"Int8WeightOnlyConfig`, then `quantize_({finding.module.path}, "
            "Int8WeightOnlyConfig())`."
        )
        return Remedy(refusal=refusal, lines=[finding.entry.line] if finding.entry.line else [])


def _predictions(module: str, record: CellRecord, history: Sequence[CellRecord]) -> int:
    """Forwards for inference so far."""
    runs = history if any(run is record for run in history) else [*history, record]
    each = (entry for run in runs for entry in _predicting(run) if entry.module == module)
    return sum(entry.calls for entry in each)


def _predicting(record: CellRecord) -> list[Forwards]:
    """Forwards for inference, in a run that trains nothing."""
    grad = record.grad
    if grad is None or grad.backwards or grad.optimizer_steps:
        return []
    return [entry for entry in grad.forwards if not entry.grad and not entry.training]


def _item_bytes(module: PlacedModule) -> int:
    """Bytes of one number of the type that most of the module has."""
    dtype = max(module.dtypes, key=lambda name: module.dtypes[name], default="float32")
    return _ITEM_BYTES.get(dtype, 4)


def _device(finding: Heavy) -> str:
    return finding.memory.device
