"""Several devices: how they are used, and that they are not."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ... import fixes
from ...record import CellRecord
from ...words import count_of, enumerate_words
from ..evidence.runs import place_of
from ..grammar import Case, Finding, Rule
from ..text.program import Site, cell_key
from ..text.sites import mentions, sites_of_run

_CLASS = ("torch.nn.DataParallel", "torch.nn.parallel.DataParallel")
_SEVERAL = ("DataParallel", "init_process_group", "Accelerator(", "fully_shard", "device_map")
_LEAST_STEPS = 1_000
_LONG_S = 60.0
_OUTLINE = """\
Restart the kernel, since processes cannot be forked from one that has used the device, and put \
all that computes into one function, `def train(rank, world):`. It begins with \
`torch.set_num_threads(1)`, without which a process that was forked can hang, \
`os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29500")`, `{choose}(rank)` and \
`torch.distributed.init_process_group(rank=rank, world_size=world)`. It makes the model and wraps \
it, `{model} = torch.nn.parallel.DistributedDataParallel({name}.to(rank), device_ids=[rank])`, and \
divides the data, `sampler = torch.utils.data.DistributedSampler(dataset)`, \
`loader = torch.utils.data.DataLoader(dataset, batch_size=batch_size, sampler=sampler)`, with \
`sampler.set_epoch(epoch)` at the start of each epoch. The loop stays as it is. Below it stand \
`if rank == 0: torch.save({model}.module.state_dict(), path)` and \
`torch.distributed.destroy_process_group()`. Start it with \
`torch.multiprocessing.start_processes(train, ({count},), nprocs={count}, start_method="fork")`; \
`batch_size` is that of one process then. accelerate's `notebook_launcher` does the like."""


class DataParallelModule(Rule):
    """`nn.DataParallel` copies the model to all devices in every forward and drives them from one
    Python process. On one device or none it only adds a layer around the model.

    Evidence: A module of that class in the notebook, and its list of devices.

    Fix: On one device or none, takes it away. On several, outlines the cell that starts a process
    for each device, under `DistributedDataParallel`.

    Silent: In cells that neither wrap the model nor run its forward.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html
        https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html

    Notes: A cell wraps a model by itself or in a function that it calls. One that runs the forward
    counts only if no other cell got the advice. Keys of saved state dicts lose their `module.`
    prefix by the fix, so it is not among the safe ones, and it is refused where some cell reads
    `.module`.
    """

    id = "dataparallel"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Such a module in the namespace."""
        modules = (each for each in case.placement.modules if each.class_name == "DataParallel")
        module = next(modules, None)
        if module is None or module.layers is None or module.layers.device_ids is None:
            return None
        sites = list(case.program.calls(*_CLASS))
        if not _wraps_or_runs(case, sites):
            return None
        known = sites if len(sites) == 1 else []
        if len(module.layers.device_ids) > 1:
            return _copied(case, module.path, module.layers.device_ids, known)
        return _needless(case, module.path, module.layers.device_ids, known)


def _wraps_or_runs(case: Case, sites: Sequence[Site]) -> bool:
    """Whether the cell wraps a model, or is the first to run one that a function has wrapped."""
    if sites_of_run(case.program, sites):
        return True
    runs = any(entry.module == "DataParallel" for entry in case.grad.forwards)
    if not runs or any(site.call.function is None for site in sites):
        return False
    key, before = cell_key(case.record), case.history[: place_of(case.record, case.history)]
    said = (advice.rule for run in before if cell_key(run) != key for advice in run.advice)
    return DataParallelModule.id not in said


def _copied(case: Case, model: str, devices: Sequence[int], sites: Sequence[Site]) -> Finding:
    """``sites``: the call that wraps it, if that is known."""
    arguments = sites[0].call.node.args if sites else []
    wrapped = arguments[0] if arguments else None
    state = case.record.torch
    is_cuda = state is None or state.accelerator in (None, "cuda")
    outline = _OUTLINE.format(
        count=len(devices),
        choose="torch.cuda.set_device" if is_cuda else "torch.accelerator.set_device_index",
        model=model,
        name=wrapped.id if isinstance(wrapped, ast.Name) else "net",
    )
    numbers = enumerate_words([str(number) for number in devices])
    return Finding(
        title=f"`{model}` is copied to {len(devices)} devices in every forward by `DataParallel`.",
        explanation=(
            "`DataParallel` copies the model to all devices in every forward, gathers the outputs "
            "on the first and drives them all from one Python process. `DistributedDataParallel` "
            f"has a process for each device, which copies only gradients. {outline}"
        ),
        evidence=[f"`{model}` divides batches among devices {numbers}."],
        remedy=case.by_hand(
            "What belongs into the function that the processes run is for you to say.", *sites
        ),
    )


def _needless(case: Case, model: str, devices: Sequence[int], sites: Sequence[Site]) -> Finding:
    """``devices``: one or none."""
    if mentions(case.program, ".module.", ".module)", ".module,", ".module\n"):
        remedy = case.by_hand("A cell reads `.module`, which the bare model does not have.", *sites)
    elif not sites:
        remedy = case.by_hand("The text does not tell where the model is wrapped.")
    else:
        cell, place = sites[0].record, sites[0].call.place
        remedy = case.edit(
            lambda: fixes.unwrap.unwrap_argument(cell.source, place, cell_id=cell.cell_id), *sites
        )
    few, fact = "no device", f"`{model}` found no device to divide batches among."
    if devices:
        few, fact = "1 device", f"`{model}` divides batches among device {devices[0]}."
    return Finding(
        title=f"`{model}` is in `DataParallel` with {few}, which only adds a layer.",
        explanation=(
            "`DataParallel` divides batches among several devices. With one device or none it "
            "calls the model as it is; keys of its state dict have a `module.` prefix, which "
            "those of the bare model do not have."
        ),
        evidence=[fact],
        remedy=remedy,
    )


class MultiGpuIdle(Rule):
    """The program can use several accelerators, and one of them trains alone.

    Evidence: At least 1,000 optimizer steps or a minute of training in the session on one device,
    more devices that the program can use, and no memory in use on them.

    Fix: By hand: a cell that starts a process for each device, under `DistributedDataParallel`, or
    another experiment on the other device.

    Silent: Once it was said; where any cell mentions data parallelism, processes or device maps.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html

    Notes: A remark without a promise: whether several devices pay depends on the model. The minute
    is one of runs that step, and all optimizers of the last of them must be on the one device.
    """

    id = "multi-gpu-idle"
    severity = "info"
    alters = "run"
    once = True

    def find(self, case: Case) -> Finding | None:
        """A long training on one device, and nothing on the others."""
        state = case.record.torch
        if state is None or state.device_count < 2 or not case.grad.optimizer_steps:
            return None
        device = _trained_on(case.record)
        if device is None or not state.accelerator or not device.startswith(state.accelerator):
            return None
        others = [each for each in case.record.memory if each.device not in ("host", device)]
        if any(each.peak_bytes or each.other_processes_bytes for each in others):
            return None
        trained = [run for run in case.program.runs if run.grad and run.grad.optimizer_steps]
        steps = sum(run.grad.optimizer_steps for run in trained if run.grad)
        if steps < _LEAST_STEPS and sum(run.duration_s for run in trained) < _LONG_S:
            return None
        if mentions(case.program, *_SEVERAL):
            return None
        return Finding(
            title=f"Only {device} trains, one of {state.device_count} devices.",
            explanation=(
                "`DistributedDataParallel` divides batches among devices, with a process for each, "
                "which accelerate's `notebook_launcher` or `torch.multiprocessing` starts from a "
                "cell. The other devices can also run another experiment: "
                "`device = torch.device(..., 1)`."
            ),
            evidence=[
                f"{count_of(steps, 'optimizer step')} ran in this session, those of this cell all "
                f"on {device}.",
                f"The program can use {state.device_count} devices, and had no memory on the "
                "others.",
            ],
            remedy=case.by_hand(
                "Several devices need several processes: what they run is for you to say."
            ),
        )


def _trained_on(record: CellRecord) -> str | None:
    """The device of all optimizers that stepped, if it is one."""
    used = {device for entry in record.optimizers if entry.steps for device in entry.devices}
    return used.pop() if len(used) == 1 else None
