"""``torch.compile``, where it may pay."""

from __future__ import annotations

from collections.abc import Callable

from ...record import CellRecord, Forwards
from ...units import format_seconds
from ...words import count_of
from ..evidence.altered import is_altered
from ..evidence.functions.view import run_of
from ..evidence.modules import Root, called_functions, root_of_forwards
from ..evidence.times import share_of
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import ask, at_constructor
from ..text.code import resolve
from ..text.makers import made_at
from ..text.program import Program
from ..text.sites import mentions
from .making import write_below

_LEAST_CALLS = 200
_LEAST_S = 10.0
_LEAST_LOOKED = 8
_FEW = 2
_BUSY = 0.7
_MOST = 0.5
_MOST_WAITED = 0.1
_DECIDED = ("torch.compile", "torch_compile", "jit.trace", "jit.script")
_OF_PATTERNS = ("re", "regex")


class TorchCompile(Rule):
    """Many forwards of the same shapes leave the device idle in between, because Python starts one
    small kernel after the other. Compiled, a model needs fewer of them.

    Evidence: 200 forwards with at most two input shapes in a run of at least 10 s, the device busy
    for less than 70 % of it as the driver measured, hardly any wait for data, and most of the time
    in the lines of forward, backward and step.

    Fix: Calls `model.compile()` where the model is made, or sets what the library that has the loop
    calls it (`torch_compile` of `TrainingArguments`, `compile` of skorch's nets); run the cell
    twice to see what it gains: the first run compiles.

    Silent: Where the device is busy or the driver does not tell; for changing shapes; for models
    that are compiled already.

    Sources:
        https://docs.pytorch.org/docs/stable/torch.compiler.html

    Notes: Nothing is predicted. If the line of the forwards calls a function of the notebook, what
    that does besides is not known, and nothing is said. `model.compile()`, unlike
    `torch.compile(model)`, keeps the keys of the state dict.
    """

    id = "torch-compile"
    severity = "low"
    alters = "run"
    in_functions = True

    def find(self, case: Case) -> Finding | None:
        """Many equal forwards, in a long run that left the device idle."""
        record, history = case.record, case.history
        if record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        waited = sum(each.wait_s for each in run_of(record).data_loading)
        if waited > _MOST_WAITED * record.duration_s:
            return None
        for entry in case.grad.forwards:
            busy = _busy(record, entry.device)
            if busy is None or busy >= _BUSY or not _is_repeated(entry):
                continue
            root = root_of_forwards(record, history, entry)
            if root is None or _is_decided(case.program):
                continue
            line = case.line(entry.place) or 0
            if called_functions(record, history, line) or not _is_most(case, entry):
                continue
            calls = _least_calls(case, entry, root.variable)
            if calls >= _LEAST_CALLS:
                return _finding(case, entry, root, calls, busy)
        return None


def _finding(case: Case, entry: Forwards, root: Root, calls: int, busy: float) -> Finding:
    shapes = count_of(len(entry.shapes), "input shape")
    return Finding(
        title=f"{entry.device} was busy for {busy:.0%} of the time that `{root.name}` ran.",
        explanation=(
            "The forwards have the same shapes, and nobody waited for data: the device waits for "
            "Python to start the next kernel. Compiled, the model needs fewer of them. The first "
            "run compiles and is slower; compare the second."
        ),
        evidence=[
            f"Line {case.line(entry.place)} ran at least {count_of(calls, 'forward')}; the "
            f"{entry.looked_at:,} that were looked at had {shapes}.",
            f"The run took {format_seconds(case.record.duration_s)}, in which the driver saw "
            f"{entry.device} busy for {busy:.0%}.",
        ],
        remedy=_compile(case, entry, root.variable),
    )


def _is_decided(program: Program) -> bool:
    """Whether some cell compiles a model, or has thought of it."""
    if mentions(program, *_DECIDED):
        return True
    receivers = (site.call.receiver for site in program.methods("compile"))
    return any(resolve(each, program.imports) not in _OF_PATTERNS for each in receivers)


def _busy(record: CellRecord, device: str | None) -> float | None:
    """The share of the run in which the driver saw a device busy."""
    return next((each.utilisation for each in record.memory if each.device == device), None)


def _is_repeated(entry: Forwards) -> bool:
    """Whether forwards of a model that is not compiled had few shapes."""
    compiled = entry.layers is not None and entry.layers.compiled
    return (
        not compiled
        and not is_altered(entry.layers)
        and 0 < len(entry.shapes) <= _FEW
        and entry.looked_at >= _LEAST_LOOKED
    )


def _is_most(case: Case, entry: Forwards) -> bool:
    """Whether the lines of the forward, the backward and the step took most of the run.

    Otherwise the device may wait for what another line does on the CPU.
    """
    lines = {case.line(entry.place)}
    if entry.grad:
        lines |= {case.line(case.grad.last_backward_place), case.line(case.grad.last_step_place)}
    return share_of(case.record, lines) >= _MOST


def _least_calls(case: Case, entry: Forwards, name: str) -> int:
    """Forwards that there were for certain: of a long loop only some are counted.

    Each step of the model's optimizer had one, and without training each item of the only loader.
    """
    record = case.record
    if entry.grad:
        steps = [each.steps for each in record.optimizers if each.module == name]
        return max(entry.calls, *steps) if len(steps) == 1 else entry.calls
    if not case.grad.optimizer_steps and len(record.data_loading) == 1:
        return max(entry.calls, record.data_loading[0].batches)
    return entry.calls


def _compile(case: Case, entry: Forwards, name: str) -> Callable[[], Remedy]:
    """Compile where the model is made, or have the library do it that has the loop."""
    asked = ask(case, entry.place, {"compile": None})
    if asked is not None:
        return at_constructor(case, asked, f"Compile {name}", lines=[case.line(entry.place)])
    maker = made_at(case.program, name)
    if maker is None:
        why = f"Call `{name}.compile()` where it is made, below its move to the device."
        return case.by_hand(why, lines=[case.line(entry.place)])
    return write_below(case, maker, f"{name}.compile()", f"Compile {name}")
