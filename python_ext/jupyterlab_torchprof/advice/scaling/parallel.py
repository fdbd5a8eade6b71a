"""Several devices: how they are used, and that they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, PlacedModule, Severity
from ...words import count_of, enumerate_words
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site
from ..text.sites import mentions

_CLASS = ("torch.nn.DataParallel", "torch.nn.parallel.DataParallel")
_SEVERAL = ("DataParallel", "init_process_group", "Accelerator(", "fully_shard", "device_map")
_LEAST_STEPS = 1_000
_LONG_S = 60.0
_SCRIPT = """\
Save the training as a script and start it with `torchrun --nproc_per_node={count} train.py`. Its
outline is: `torch.distributed.init_process_group()`; `rank = int(os.environ["LOCAL_RANK"])`;
`model = DistributedDataParallel({name}.to(rank), device_ids=[rank])`; a
`DataLoader(..., sampler=DistributedSampler(dataset))` with `sampler.set_epoch(epoch)` at the start
of each epoch; the training loop as it is; `if rank == 0: torch.save({name}.state_dict(), path)`;
`torch.distributed.destroy_process_group()`.""".replace("\n", " ")


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A model in ``nn.DataParallel``."""

    record: CellRecord
    module: PlacedModule
    devices: list[int]
    site: Site | None
    uses_module: bool
    """Some cell reads ``.module`` of something."""


class DataParallelModule(OldRule[Wrapped]):
    """A model is in ``nn.DataParallel``, on several devices or on one at most.

    The finding is such a module in the namespace, in the cell that wraps it or, where a function
    of another cell does, in one that runs its forward. With more than one device it copies the
    model to all of them in every forward, from one Python process: the advice outlines a script
    for DistributedDataParallel, which no rewrite of a cell can start. With at most one it only
    adds a layer, and the fix takes it away, unless some cell reads its ``.module``. Keys of saved
    state dicts then lose their ``module.`` prefix, so the fix is not among the safe ones.
    """

    id: ClassVar[str] = "dataparallel"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = (
        "`nn.DataParallel` copies the model to all devices in every forward and drives them from "
        "one Python process. On one device or none it only adds a layer around the model."
    )
    proof: ClassVar[str] = "A module of that class in the notebook, and its list of devices."
    cure: ClassVar[str] = (
        "On one device or none, takes it away. On several, outlines the script for "
        "`DistributedDataParallel`, which has a process for each device."
    )
    silent: ClassVar[str] = "In cells that neither wrap the model nor run its forward."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html",
        "https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Wrapped | None:
        """See the class."""
        modules = record.placement.modules if record.placement is not None else []
        found = [each for each in modules if each.class_name == "DataParallel"]
        if not found or found[0].layers is None or found[0].layers.device_ids is None:
            return None
        program = Program(record, history)
        sites = list(program.calls(*_CLASS))
        site = sites[0] if len(sites) == 1 else None
        if all(each.record is not record for each in sites) and (
            any(each.call.function is None for each in sites) or not _runs(record)
        ):
            return None
        uses_module = mentions(program, ".module.", ".module)", ".module,", ".module\n")
        return Wrapped(record, found[0], found[0].layers.device_ids, site, uses_module)

    def title(self, finding: Wrapped) -> str:
        """One sentence."""
        name = finding.module.path
        if len(finding.devices) > 1:
            count = len(finding.devices)
            return f"`{name}` is copied to {count} devices in every forward by `DataParallel`."
        return f"`{name}` is in `DataParallel` with {_devices(finding)}, which only adds a layer."

    def explanation(self, finding: Wrapped) -> str:
        """What happens and what can be done."""
        if len(finding.devices) > 1:
            return (
                "`DataParallel` copies the model to all devices in every forward, gathers the "
                "outputs on the first and drives them all from one Python process. "
                "`DistributedDataParallel` has a process for each device, which copies only "
                "gradients. " + _SCRIPT.format(count=len(finding.devices), name=_inner(finding))
            )
        return (
            "`DataParallel` divides batches among several devices. With one device or none it "
            "calls the model as it is; keys of its state dict have a `module.` prefix, which "
            "those of the bare model do not have."
        )

    def evidence(self, finding: Wrapped) -> list[str]:
        """Facts of the record."""
        if not finding.devices:
            return [f"`{finding.module.path}` found no device to divide batches among."]
        numbers = enumerate_words([str(number) for number in finding.devices])
        which = "devices" if len(finding.devices) > 1 else "device"
        return [f"`{finding.module.path}` divides batches among {which} {numbers}."]

    def remedy(self, finding: Wrapped) -> Remedy:
        """Unwrap it where it has at most one device."""
        from ...fixes.unwrap import CannotFix, unwrap_argument  # libcst takes a while to import

        site = finding.site
        lines = [site.call.line] if site is not None else []
        code = None if site is None or site.record is finding.record else site.record
        if len(finding.devices) > 1:
            refusal = "DistributedDataParallel needs a process for each device: no cell can be one."
        elif finding.uses_module:
            refusal = "A cell reads `.module`, which the bare model does not have."
        elif site is None:
            refusal = "The text does not tell where the model is wrapped."
        else:
            try:
                fix = unwrap_argument(
                    site.record.source, site.call.place, cell_id=site.record.cell_id
                )
            except CannotFix as error:
                refusal = str(error)
            else:
                return Remedy(fix=fix, lines=lines, code=code)
        return Remedy(refusal=refusal, lines=lines, code=code)


@dataclass(frozen=True, slots=True)
class Idle:
    """A training run on one of several devices."""

    record: CellRecord
    used: str
    count: int
    steps: int


class MultiGpuIdle(OldRule[Idle]):
    """One of several devices trains, and the others have nothing to do.

    The finding is a session with at least 1,000 optimizer steps, or a minute in runs that step,
    a last run whose optimizers are all on one device, a machine where the program can use more,
    and no memory of the others in use. Said once, as a remark, without a promise: whether several
    devices pay depends on the model.
    """

    id: ClassVar[str] = "multi-gpu-idle"
    severity: ClassVar[Severity] = "info"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = "The program can use several accelerators, and one of them trains alone."
    proof: ClassVar[str] = (
        "At least 1,000 optimizer steps or a minute of training in the session on one device, more "
        "devices that the program can use, and no memory in use on them."
    )
    cure: ClassVar[str] = (
        "By hand: a script with `DistributedDataParallel`, or another experiment on the other "
        "device."
    )
    silent: ClassVar[str] = (
        "Once it was said; where any cell mentions data parallelism, processes or device maps."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html",
    )
    once: ClassVar[bool] = True

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Idle | None:
        """See the class."""
        state, grad = record.torch, record.grad
        if state is None or state.device_count < 2 or state.accelerator is None or grad is None:
            return None
        if not grad.optimizer_steps:
            return None
        program = Program(record, history)
        trained = [run for run in program.runs if run.grad and run.grad.optimizer_steps]
        steps = sum(run.grad.optimizer_steps for run in trained if run.grad)
        if steps < _LEAST_STEPS and sum(run.duration_s for run in trained) < _LONG_S:
            return None
        stepped = [entry for entry in record.optimizers if entry.steps]
        used = {device for entry in stepped for device in entry.devices}
        if len(used) != 1 or not next(iter(used)).startswith(state.accelerator):
            return None
        device = next(iter(used))
        busy = [each for each in record.memory if each.device not in ("host", device)]
        if any(each.peak_bytes or each.other_processes_bytes for each in busy):
            return None
        if mentions(program, *_SEVERAL):
            return None
        return Idle(record, device, state.device_count, steps)

    def title(self, finding: Idle) -> str:
        """One sentence."""
        return f"Only {finding.used} trains, one of {finding.count} devices."

    def explanation(self, finding: Idle) -> str:
        """What happens and what can be done."""
        return (
            "`DistributedDataParallel` divides batches among devices, with a process for each; a "
            "script started by `torchrun` can do that. The other devices can also run another "
            "experiment: `device = torch.device(..., 1)`."
        )

    def evidence(self, finding: Idle) -> list[str]:
        """Facts of the record."""
        return [
            f"{count_of(finding.steps, 'optimizer step')} ran in this session, those of this cell "
            f"all on {finding.used}.",
            f"The program can use {finding.count} devices, and had no memory on the others.",
        ]

    def remedy(self, finding: Idle) -> Remedy:
        """Only a suggestion."""
        return Remedy(refusal="Several devices need several processes: no cell can be changed so.")


def _runs(record: CellRecord) -> bool:
    forwards = record.grad.forwards if record.grad is not None else []
    return any(entry.module == "DataParallel" for entry in forwards)


def _devices(finding: Wrapped) -> str:
    return count_of(len(finding.devices), "device") if finding.devices else "no device"


def _inner(finding: Wrapped) -> str:
    site = finding.site
    first = site.call.node.args[0] if site is not None and site.call.node.args else None
    name = getattr(first, "id", None)
    return name if isinstance(name, str) else finding.module.path
