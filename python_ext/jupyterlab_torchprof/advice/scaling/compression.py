"""Smaller models for inference."""

from __future__ import annotations

from collections.abc import Iterator

from ...record import CellRecord, Forwards, Layers, MemoryEntry, PlacedModule
from ...units import format_bytes
from ...words import count_of
from ..evidence.altered import is_altered
from ..evidence.memory import allocated_without, filled, is_large, memory_entry
from ..grammar import Case, Finding, OfUntrained, Rule

_HALF = 0.5
_LEAST_FORWARDS = 3
_ITEM_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}


class ModelCompression(Rule):
    """The weights of a model take most of a nearly full device although it only predicts.

    Evidence: Forwards without gradients, a peak above 90 % of the device or out of memory, and
    weights of more than half of the device.

    Fix: By hand: weights in bfloat16, weights in int8 (torchao), or a smaller model. Compare the
    predictions before and after.

    Silent: Once it was said; while a model trains; with quantized models.

    Sources:
        https://docs.pytorch.org/ao/stable/index.html

    Notes: The sizes that it names follow from the weights' bytes and types; what each way costs in
    accuracy is not known here, so nothing is promised.
    """

    id = "model-compression"
    severity = "info"
    alters = "run"
    once = True

    def find(self, case: Case) -> Finding | None:
        """A module that takes more than half of a device that was full while it predicted."""
        found = next(_filling(case), None)
        if found is None:
            return None
        module, memory, total = found
        size, device = format_bytes(module.devices[memory.device]), memory.device
        return Finding(
            title=f"The weights of `{module.path}` take {size} of a full {device}.",
            explanation=(
                f"What helps where only predictions are wanted: {'; '.join(_ways(module))}. All of "
                "them change the predictions a little, so compare them on your own data."
            ),
            evidence=[
                f"{device} held up to {format_bytes(memory.peak_bytes)} of {format_bytes(total)}.",
                f"`{module.path}` has {module.parameters:,} parameters.",
            ],
            remedy=case.by_hand("Which loss of accuracy is acceptable is for you to decide."),
        )


class QuantizeInference(OfUntrained):
    """Most of a model that only predicts is weights of linear layers, which can be kept as 8-bit
    integers.

    Evidence: Forwards without gradients, linear weights of more than half of the model, torchao
    installed, and at least 64 MiB or 1 % of the device to save.

    Fix: By hand: `torchao.quantization.quantize_(model, Int8WeightOnlyConfig())`. Compare the
    predictions before and after.

    Silent: Without torchao; in sessions that train; quantized or compiled models; small models; a
    forward or two, which only try a model out.

    Sources:
        https://docs.pytorch.org/ao/stable/index.html

    Notes: The prediction is the linear weights' bytes less one byte for each weight. Only a
    suggestion, since accuracy has to be compared.
    """

    id = "quantize-inference"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Forwards for inference of a module whose linear weights would be much smaller."""
        state = case.record.torch
        for entry in _predicting(case.record) if state is not None and state.torchao else ():
            module = _mostly_linear(case, entry)
            if module is None or entry.layers is None:
                continue
            saving = round(entry.layers.linear_bytes * (1 - 1 / _item_bytes(module)))
            memory = memory_entry(case.record, entry.device or "cpu")
            if is_large(saving, memory) and _only_predicts(case, entry):
                return _in_int8(case, entry, module, entry.layers, saving)
        return None


def _in_int8(
    case: Case, entry: Forwards, module: PlacedModule, layers: Layers, saving: int
) -> Finding:
    name, linear = module.path, format_bytes(layers.linear_bytes)
    return Finding(
        title=f"Int8 weights would make `{name}` {format_bytes(saving)} smaller.",
        explanation=(
            f"`{name}` only predicts, and {linear} of it are weights of linear layers. In int8 "
            "each takes one byte. Predictions change a little, so compare them on your own data; "
            "the time of a forward may change either way."
        ),
        evidence=[
            f"{count_of(entry.calls, 'forward')} of `{entry.module}` ran without gradients, and no "
            "optimizer has stepped in this session.",
            f"Its {count_of(layers.linears, 'linear layer')} hold {linear} of "
            f"{format_bytes(module.parameter_bytes)}.",
        ],
        prediction=allocated_without(case.record, entry.device or "cpu", saving),
        remedy=case.by_hand(
            "Accuracy has to be compared: `from torchao.quantization import quantize_, "
            f"Int8WeightOnlyConfig`, then `quantize_({name}, Int8WeightOnlyConfig())`.",
            lines=[case.line(entry.place)],
        ),
    )


def _predicting(record: CellRecord) -> list[Forwards]:
    """Forwards for inference, in a run that trains nothing."""
    grad = record.grad
    if grad is None or grad.backwards or grad.optimizer_steps:
        return []
    return [entry for entry in grad.forwards if not entry.grad and not entry.training]


def _filling(case: Case) -> Iterator[tuple[PlacedModule, MemoryEntry, int]]:
    """Modules that predict and take most of a device that was nearly full, with its size."""
    record = case.record
    for memory in filled(record) if _predicting(record) else ():
        device, total = memory.device, memory.total_bytes or 0
        for module in case.placement.modules:
            is_most = module.devices.get(device, 0) > _HALF * total
            if is_most and module.layers is not None and not is_altered(module.layers):
                yield module, memory, total


def _ways(module: PlacedModule) -> list[str]:
    """To make a module smaller, with what that leaves of it."""
    ways = []
    wide = module.dtypes.get("float32", 0)
    if wide:
        ways.append(f"bfloat16 (its float32 weights would take {format_bytes(wide / 2)})")
    linear = module.layers.linear_bytes if module.layers is not None else 0
    if linear:
        left = format_bytes(linear / _item_bytes(module))
        ways.append(f"int8 linear weights ({left} for {format_bytes(linear)})")
    return [*ways, "a smaller model of the same family"]


def _mostly_linear(case: Case, entry: Forwards) -> PlacedModule | None:
    """The module, if more than half of it is linear weights that can be kept as integers."""
    layers = entry.layers
    if layers is None or is_altered(layers) or layers.compiled or not layers.linear_bytes:
        return None
    roots = [each for each in case.placement.modules if each.class_name == entry.module]
    is_one = len(roots) == 1 and layers.linear_bytes > _HALF * roots[0].parameter_bytes
    return roots[0] if is_one else None


def _only_predicts(case: Case, entry: Forwards) -> bool:
    """Whether the session never trained, and more than tried the module out."""
    if any(run.grad is not None and run.grad.optimizer_steps for run in case.history):
        return False
    predictions = (each for run in case.history for each in _predicting(run))
    calls = sum(each.calls for each in predictions if each.module == entry.module)
    return calls >= _LEAST_FORWARDS


def _item_bytes(module: PlacedModule) -> int:
    """Bytes of one number of the type that most of the module has."""
    dtype = max(module.dtypes, key=lambda name: module.dtypes[name], default="float32")
    return _ITEM_BYTES.get(dtype, 4)
