"""``torch.compile``: where it may pay, and where it keeps starting over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Forwards, RaisedWarning, Severity
from ...units import format_seconds
from ...words import count_of
from ..evidence.modules import Root, called_functions, root_of_forwards
from ..evidence.times import share_of
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program
from ..text.makers import made_at
from ..text.sites import mentions

_LEAST_CALLS = 200
_LEAST_S = 10.0
_LEAST_LOOKED = 8
_FEW = 2
_BUSY = 0.7
_MOST = 0.5
_LIMIT = ("recompile_limit", "cache_size_limit")
_DECIDED = (".compile(", "torch.compile", "jit.trace", "jit.script")
_REASON = re.compile(r"last reason: (?:\d+/\d+: )?(.+)")
_SIZES = re.compile(r"size mismatch|stride mismatch|\.size\(\)")


@dataclass(frozen=True, slots=True)
class Eager:
    """Many forwards of the same shapes that left the device idle in between."""

    record: CellRecord
    program: Program
    entry: Forwards
    root: Root
    calls: int
    utilisation: float


class TorchCompile(OldRule[Eager]):
    """Many equal forwards leave the device idle: Python starts kernels too slowly.

    The finding is at least 200 forwards of a model on a device, with at most two input shapes
    among all that were looked at, in a run of at least ten seconds in which the driver saw the
    device busy for less than 70 % of the time, in which no loop waited for data for more than a
    tenth, and the lines of forward, backward and step had at least half of the samples. If a line
    calls a function of another cell, what that does besides is not known, and nothing is said.
    Nothing is predicted: compiling takes a while itself, so the cell is run again, twice.

    The fix calls ``model.compile()`` below the statement that makes or moves the model, which
    keeps the keys of its state dict.
    """

    id: ClassVar[str] = "torch-compile"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "Many forwards of the same shapes leave the device idle in between, because Python starts "
        "one small kernel after the other. Compiled, a model needs fewer of them."
    )
    proof: ClassVar[str] = (
        "200 forwards with at most two input shapes in a run of at least 10 s, the device busy for "
        "less than 70 % of it as the driver measured, hardly any wait for data, and most of the "
        "time in the lines of forward, backward and step."
    )
    cure: ClassVar[str] = (
        "Calls `model.compile()` where the model is made; run the cell twice to see what it gains: "
        "the first run compiles."
    )
    silent: ClassVar[str] = (
        "Where the device is busy or the driver does not tell; for changing shapes; for models "
        "that are compiled already."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/torch.compiler.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Eager | None:
        """See the class."""
        grad = record.grad
        if grad is None or record.status != "ok" or record.duration_s < _LEAST_S:
            return None
        if sum(each.wait_s for each in record.data_loading) > 0.1 * record.duration_s:
            return None
        busy = {
            entry.device: entry.utilisation
            for entry in record.memory
            if entry.utilisation is not None
        }
        for entry in grad.forwards:
            share = busy.get(entry.device or "")
            if share is None or share >= _BUSY:
                continue
            compiled = entry.layers is not None and entry.layers.compiled
            if compiled or not 0 < len(entry.shapes) <= _FEW or entry.looked_at < _LEAST_LOOKED:
                continue
            root = root_of_forwards(record, history, entry)
            program = Program(record, history)
            if root is None or mentions(program, *_DECIDED):
                continue
            if called_functions(record, history, entry.line or 0) or not _is_most(record, entry):
                continue
            calls = _at_least(record, entry, root)
            if calls >= _LEAST_CALLS:
                return Eager(record, program, entry, root, calls, share)
        return None

    def title(self, finding: Eager) -> str:
        """One sentence."""
        return (
            f"{finding.entry.device} was busy for {finding.utilisation:.0%} of the time that "
            f"`{finding.root.name}` ran."
        )

    def explanation(self, finding: Eager) -> str:
        """What happens and what can be done."""
        return (
            "The forwards have the same shapes, and nobody waited for data: the device waits for "
            "Python to start the next kernel. Compiled, the model needs fewer of them. The first "
            "run compiles and is slower; compare the second."
        )

    def evidence(self, finding: Eager) -> list[str]:
        """Facts of the record."""
        entry = finding.entry
        shapes = count_of(len(entry.shapes), "input shape")
        return [
            f"Line {entry.line} ran at least {count_of(finding.calls, 'forward')}; the "
            f"{entry.looked_at:,} that were looked at had {shapes}.",
            f"The run took {format_seconds(finding.record.duration_s)}, in which the driver saw "
            f"{entry.device} busy for {finding.utilisation:.0%}.",
        ]

    def remedy(self, finding: Eager) -> Remedy:
        """Compile where the model is made."""
        from ...fixes.models import CannotFix, add_below  # libcst takes a while to import

        name, record = finding.root.name, finding.record
        lines = [finding.entry.line] if finding.entry.line else []
        maker = made_at(finding.program, name)
        if maker is None:
            refusal = f"Call `{name}.compile()` where it is made, below its move to the device."
            return Remedy(refusal=refusal, lines=lines)
        cell, place = maker
        try:
            fix = add_below(
                cell.source,
                place,
                f"{name}.compile()",
                f"Compile {name}",
                torch_name=None,
                cell_id=cell.cell_id,
            )
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=lines)
        return Remedy(fix=fix, lines=[place.line], code=None if cell is record else cell)


def _is_most(record: CellRecord, entry: Forwards) -> bool:
    """Whether the lines of the forward, the backward and the step took most of the run.

    Otherwise the device may wait for what another line does on the CPU.
    """
    lines = {entry.line}
    if entry.grad and record.grad is not None:
        lines |= {record.grad.last_backward_line, record.grad.last_step_line}
    return share_of(record, lines) >= _MOST


def _at_least(record: CellRecord, entry: Forwards, root: Root) -> int:
    """Forwards that there were for certain: of a long loop only some are counted.

    Each step of the model's optimizer had one, and without training each item of the only loader.
    """
    steps = [each.steps for each in record.optimizers if each.module == root.name]
    if entry.grad:
        return max(entry.calls, *steps) if len(steps) == 1 else entry.calls
    trained = record.grad is None or record.grad.optimizer_steps
    if not trained and len(record.data_loading) == 1:
        return max(entry.calls, record.data_loading[0].batches)
    return entry.calls


@dataclass(frozen=True, slots=True)
class Storm:
    """A function that was compiled so often that the compiler gave up on it."""

    record: CellRecord
    program: Program
    raised: RaisedWarning


class RecompileStorm(OldRule[Storm]):
    """A compiled function was compiled again and again until the compiler gave up.

    The finding is the line of the compiler's log that says so, during the run. The fix passes
    ``dynamic=True`` to the one ``torch.compile`` of the notebook, so that sizes become variables;
    it is refused where the compiler names another reason than a size, which ``dynamic`` would not
    mend, where the call decides already, or where there are several.
    """

    id: ClassVar[str] = "recompile-storm"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "A compiled function got inputs of so many kinds that it was compiled until the limit, and "
        "now runs without being compiled."
    )
    proof: ClassVar[str] = "The compiler's own message that its recompile limit was reached."
    cure: ClassVar[str] = "Passes `dynamic=True` to `torch.compile`, so that sizes may change."
    silent: ClassVar[str] = "Below the limit."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/torch.compiler_troubleshooting.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Storm | None:
        """See the class."""
        for raised in record.warnings:
            if raised.category == "log" and any(word in raised.message for word in _LIMIT):
                return Storm(record, Program(record, history), raised)
        return None

    def title(self, finding: Storm) -> str:
        """One sentence."""
        return "A compiled function was compiled again until its limit."

    def explanation(self, finding: Storm) -> str:
        """What happens and what can be done."""
        return (
            "torch.compile makes code for the sizes, types and values that it has seen, and again "
            "for new ones, up to a limit; from then on the function runs as it stands for all "
            "that is new."
        )

    def evidence(self, finding: Storm) -> list[str]:
        """Facts of the record."""
        message = finding.raised.message.strip().splitlines()
        facts = [f"The compiler said: {message[0].rstrip('.') if message else 'limit reached'}."]
        reason = _reason(finding.raised)
        return facts + ([f"Its last reason: {reason.rstrip('.')}."] if reason else [])

    def remedy(self, finding: Storm) -> Remedy:
        """Let sizes change."""
        from ...fixes.training_loop import CannotFix, write_argument  # libcst is slow to import

        line = finding.raised.line
        lines = [line] if line else []
        if not _SIZES.search(_reason(finding.raised)):
            refusal = (
                "No size made it start over, so dynamic=True would not help: keep what changes "
                "out of the compiled function, or pass it as a tensor."
            )
            return Remedy(refusal=refusal, lines=lines)
        sites = list(finding.program.calls("torch.compile"))
        modules = _modules(finding.program)
        methods = finding.program.methods("compile")
        sites += [each for each in methods if each.call.receiver in modules and each not in sites]
        if len({(site.record.run_id, site.call.place) for site in sites}) != 1:
            refusal = "Pass dynamic=True to the torch.compile of that function."
            return Remedy(refusal=refusal, lines=lines)
        site = sites[0]
        code = None if site.record is finding.record else site.record
        source, cell_id = site.record.source, site.record.cell_id
        try:
            fix = write_argument(source, [site.call.place], "dynamic", "True", cell_id=cell_id)
        except CannotFix as refused:
            return Remedy(refusal=str(refused), lines=[site.call.line], code=code)
        return Remedy(fix=fix, lines=[site.call.line], code=code)


def _modules(program: Program) -> set[str]:
    """Variables that held a module after some run: ``re`` and ``pattern`` compile, too."""
    placements = [run.placement for run in program.runs if run.placement is not None]
    return {module.path for placement in placements for module in placement.modules}


def _reason(raised: RaisedWarning) -> str:
    """The guard that failed last, without the source that follows it."""
    found = _REASON.search(raised.message)
    return found.group(1).partition("  #")[0].strip() if found is not None else ""
