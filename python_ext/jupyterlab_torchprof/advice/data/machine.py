"""What the machine's disk and cores allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...record import CellRecord, Severity
from ...units import format_bytes, format_seconds
from ..evidence.loaders import (
    LEAST_WAIT_S,
    Loading,
    own_wait_s,
    processor_share,
    steady_wait_s,
    waits_much,
)
from ..grammar.finding import Remedy
from ..grammar.old import OldRule
from ..grammar.rule import Alters
from ..text.code import Program, Site

_LEAST_READ = 16 << 20
_LEAST_READ_PER_S = 4 << 20
_MOST_BUSY = 0.5
_LEAST_CELL_S = 0.5


class SlowDatasetIo(OldRule[Loading]):
    """Making batches waits for the disk.

    The loop waits for batches 1 s and 5 % of its time, not for the first ones only; the processor
    is busy in less than half of these waits; and at least 16 MiB came from the disk in them, 4 MiB
    in each second (less would be no work for a disk: something else is waited for). Only without
    workers, for what other processes read is not counted.
    """

    id: ClassVar[str] = "slow-dataset-io"
    severity: ClassVar[Severity] = "medium"
    alters: ClassVar[Alters] = "run"
    what: ClassVar[str] = "The loop waits for a disk while the processor idles."
    proof: ClassVar[str] = (
        "Waits for batches of 1 s and 5 % of the loop, the first ones not counted; less than half "
        "of them processor time; and at least 16 MiB, and 4 MiB a second, read from disk in them."
    )
    cure: ClassVar[str] = (
        "By hand: keep the data in memory if it fits, copy it to a fast local disk, or store it "
        "in fewer and larger files. There is no edit for it."
    )
    silent: ClassVar[str] = (
        "Loaders with workers; data that the system has in its cache; waits for the network or "
        "for the first batch."
    )
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/tutorials/recipes/recipes/tuning_guide.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Loading | None:
        """See the class."""
        for loader in record.data_loading:
            if loader.workers or (loader.read_bytes or 0) < _LEAST_READ or not waits_much(loader):
                continue
            a_second = (loader.read_bytes or 0) / own_wait_s(loader)
            if a_second < _LEAST_READ_PER_S or steady_wait_s(loader) < LEAST_WAIT_S:
                continue
            if loader.wait_cpu_s is not None and processor_share(loader) < _MOST_BUSY:
                return Loading(record, loader, None)
        return None

    def title(self, finding: Loading) -> str:
        """One sentence."""
        return (
            f"The loop waits {format_seconds(own_wait_s(finding.loader))} for data from the disk."
        )

    def explanation(self, finding: Loading) -> str:
        """What happens and what can be done."""
        spinning = ""
        if _spins(finding):
            spinning = " The system says that the notebook's folder is on a spinning disk."
        size = format_bytes(finding.loader.read_bytes or 0)
        return (
            f"`{finding.loader.dataset}` read {size} from the disk while the processor mostly "
            f"waited.{spinning} Data that fits into memory can be read once before the loop; else "
            "a faster disk or fewer, larger files help."
        )

    def evidence(self, finding: Loading) -> list[str]:
        """Facts of the record."""
        loader = finding.loader
        return [
            f"The loop waited {format_seconds(own_wait_s(loader))} for batches; the processor was "
            f"busy in {processor_share(loader):.0%} of that.",
            f"{format_bytes(loader.read_bytes or 0)} came from the disk meanwhile.",
        ]

    def remedy(self, finding: Loading) -> Remedy:
        """Nothing that an edit could do."""
        return Remedy(
            refusal="Where the data lies is not a matter of the cell's text.", lines=finding.lines
        )


@dataclass(frozen=True, slots=True)
class Threads:
    """More threads than cores."""

    record: CellRecord
    threads: int
    cores: int
    site: Site | None


class CpuThreads(OldRule[Threads]):
    """Operations on the CPU use more threads than the process has cores.

    Needs forwards on the CPU in a cell of half a second. Fewer threads than cores stay
    uncommented: that may be meant, and is right where workers share the cores.
    """

    id: ClassVar[str] = "cpu-threads"
    severity: ClassVar[Severity] = "low"
    alters: ClassVar[Alters] = "run"
    once: ClassVar[bool] = True
    what: ClassVar[str] = (
        "PyTorch computes with more threads than this process has cores, so that they wait for "
        "each other."
    )
    proof: ClassVar[str] = (
        "`torch.get_num_threads()` above the cores that the process may use, and forwards on the "
        "CPU."
    )
    cure: ClassVar[str] = "Corrects the call of `torch.set_num_threads`, if the notebook has one."
    silent: ClassVar[str] = "As many threads as cores, or fewer; models on an accelerator."
    sources: ClassVar[tuple[str, ...]] = (
        "https://docs.pytorch.org/docs/stable/notes/cpu_threading_torchscript_inference.html",
    )

    def test(self, record: CellRecord, history: Sequence[CellRecord]) -> Threads | None:
        """See the class."""
        state, grad = record.torch, record.grad
        if state is None or grad is None or record.duration_s < _LEAST_CELL_S:
            return None
        threads, cores = state.num_threads, state.cpu_count
        if threads is None or cores is None or threads <= cores:
            return None
        if not any(forwards.device == "cpu" for forwards in grad.forwards):
            return None
        found = list(Program(record, history).calls("torch.set_num_threads"))
        return Threads(record, threads, cores, found[0] if len(found) == 1 else None)

    def title(self, finding: Threads) -> str:
        """One sentence."""
        return f"PyTorch uses {finding.threads} threads on {finding.cores} cores."

    def explanation(self, finding: Threads) -> str:
        """What happens and what can be done."""
        return (
            "Threads beyond the cores take turns, and each operation waits for the last of them. "
            f"`torch.set_num_threads({finding.cores})` uses each core once."
        )

    def evidence(self, finding: Threads) -> list[str]:
        """Facts of the record."""
        return [
            f"`torch.get_num_threads()` is {finding.threads}; this process may use "
            f"{finding.cores} cores.",
            "The cell's forwards ran on the CPU.",
        ]

    def remedy(self, finding: Threads) -> Remedy:
        """As many as cores."""
        from ...fixes.loader import CannotFix, set_only_argument

        if finding.site is None:
            return Remedy(
                refusal=f"Write torch.set_num_threads({finding.cores}) below the imports, or unset "
                "OMP_NUM_THREADS before the kernel starts."
            )
        record = finding.site.record
        lines, code = [finding.site.call.line], record if record is not finding.record else None
        title = f"Compute with {finding.cores} threads"
        try:
            fix = set_only_argument(finding.site, str(finding.cores), title)
        except CannotFix as refusal:
            return Remedy(refusal=str(refusal), lines=lines, code=code)
        return Remedy(fix=fix, lines=lines, code=code)


def _spins(finding: Loading) -> bool:
    return finding.record.torch is not None and finding.record.torch.rotational is True
