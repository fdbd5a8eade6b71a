"""What the machine's disk and cores allow."""

from __future__ import annotations

from ... import fixes
from ...units import format_bytes, format_seconds
from ..evidence.loaders import own_wait_s, processor_share, waits_for_disk
from ..grammar import Case, Finding, Rule
from .workers import loader_for_workers

_LEAST_CELL_S = 0.5


class SlowDatasetIo(Rule):
    """The loop waits for a disk while the processor idles.

    Evidence: Waits for batches of 1 s and 5 % of the loop, the first ones not counted; less than
    half of them processor time; and at least 16 MiB, and 4 MiB a second, read from disk in them.

    Fix: By hand: keep the data in memory if it fits, copy it to a fast local disk, or store it in
    fewer and larger files. There is no edit for it.

    Silent: Loaders with workers, or that `dataloader-workers-zero` is about; data that the system
    has in its cache; waits for the network or for the first batch.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html

    Notes: What worker processes read is not counted. They would wait for several files at once,
    which helps on every disk but a spinning one.
    """

    id = "slow-dataset-io"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A loader without workers that waits for its disk."""
        loader = next(filter(waits_for_disk, case.record.data_loading), None)
        if loader is None or loader is loader_for_workers(case.record):
            return None
        wait, size = format_seconds(own_wait_s(loader)), format_bytes(loader.read_bytes or 0)
        state, spinning = case.record.torch, ""
        if state is not None and state.rotational:
            spinning = " The system says that the notebook's folder is on a spinning disk."
        return Finding(
            title=f"The loop waits {wait} for data from the disk.",
            explanation=(
                f"`{loader.dataset}` read {size} from the disk while the processor mostly "
                f"waited.{spinning} Data that fits into memory can be read once before the loop; "
                "else a faster disk or fewer, larger files help."
            ),
            evidence=[
                f"The loop waited {wait} for batches; the processor was busy in "
                f"{processor_share(loader):.0%} of that.",
                f"{size} came from the disk meanwhile.",
            ],
            remedy=case.by_hand(
                "Where the data lies is not a matter of the cell's text.",
                lines=[case.line(loader.place)],
            ),
        )


class CpuThreads(Rule):
    """PyTorch computes with more threads than this process has cores, so that they wait for each
    other.

    Evidence: `torch.get_num_threads()` above the cores that the process may use, and forwards on
    the CPU.

    Fix: Corrects the call of `torch.set_num_threads`, if the notebook has one.

    Silent: As many threads as cores, or fewer; models on an accelerator.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cpu_threading_torchscript_inference.html

    Notes: Fewer threads than cores may be meant, and are right where workers share the cores.
    Cells of less than half a second are left alone.
    """

    id = "cpu-threads"
    severity = "low"
    alters = "run"
    once = True

    def find(self, case: Case) -> Finding | None:
        """More threads than cores in a cell that computes on the CPU."""
        state = case.record.torch
        if state is None or case.record.duration_s < _LEAST_CELL_S:
            return None
        threads, cores = state.num_threads, state.cpu_count
        if threads is None or cores is None or threads <= cores:
            return None
        if not any(forwards.device == "cpu" for forwards in case.grad.forwards):
            return None
        remedy = case.edit_the_one(
            list(case.program.calls("torch.set_num_threads")),
            lambda site: fixes.loader.set_only_argument(
                site, str(cores), f"Compute with {cores} threads"
            ),
            f"Write torch.set_num_threads({cores}) below the imports, or unset "
            "OMP_NUM_THREADS before the kernel starts.",
        )
        return Finding(
            title=f"PyTorch uses {threads} threads on {cores} cores.",
            explanation=(
                "Threads beyond the cores take turns, and each operation waits for the last of "
                f"them. `torch.set_num_threads({cores})` uses each core once."
            ),
            evidence=[
                f"`torch.get_num_threads()` is {threads}; this process may use {cores} cores.",
                "The cell's forwards ran on the CPU.",
            ],
            remedy=remedy,
        )
