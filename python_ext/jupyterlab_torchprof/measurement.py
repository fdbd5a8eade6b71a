"""A set of probes, hooked into the program, that measures one run after the other."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Sequence
from typing import ClassVar

from .health import Guard, Health
from .patches import Patches
from .probes.base import CellRun, Probe
from .probes.devices import Devices
from .probes.import_hook import ImportHook, is_imported
from .probes.optimizers.probe import OptimizersProbe
from .probes.phases.shares import add_phases
from .probes.ranks.started import MeasuredBy
from .probes.registry import make_probes
from .probes.sampler import Listener, SamplerProbe
from .probes.torch_import import is_torch_imported
from .probes.torch_version import is_supported, why_not_supported
from .ranks.late import LateRanks
from .record import CellRecord
from .run_records import record_of
from .timeline import add_ends


class Measurement:
    """Owns the probes' hooks from `open` to `close`. Several may be open at once."""

    _every: ClassVar[weakref.WeakSet[Measurement]] = weakref.WeakSet()
    """Those that are open in this process."""

    def __init__(
        self,
        health: Health,
        listener: Listener | None = None,
        *,
        ranks: MeasuredBy | None = None,
        late: LateRanks | None = None,
        also: Sequence[Probe] = (),
    ) -> None:
        """``listener`` gets each sample while a cell runs, on the sampling thread.

        ``ranks`` and ``late`` as for `make_probes`; ``also``: probes beside those.
        """
        self.health = health
        self.devices = Devices()
        probes = make_probes(
            health, devices=self.devices, listener=listener, ranks=ranks, late=late
        )
        self._probes = [*probes, *also]
        self._attached: list[Probe] = []
        self._waiting: list[Probe] = []
        self._patches = Patches()
        libraries = {name for probe in self._probes for name in probe.modules}
        self._hook = ImportHook({"torch", *libraries}, self._imported)
        self._run: CellRun | None = None

    def open(self) -> None:
        """Hook in: into PyTorch now, or as soon as the program has imported it."""
        self._waiting = [probe for probe in self._probes if probe.needs_torch]
        for probe in self._probes:
            if not probe.needs_torch:
                self._attach(probe)
        if is_torch_imported():
            self._hook.forget("torch")
            self._attach_to_torch()
        self._hook.install()
        self._every.add(self)

    def close(self) -> None:
        """Restore everything that was replaced."""
        self._hook.remove()
        self._waiting = []
        if self._run is not None:
            # Nobody gets this record: it only lets the probes forget the run.
            self.end(self._run, record_of(self._run, self._run.started, "interrupted"))
        for probe in self._attached:
            with self.health.guard(probe.name):
                probe.detach()
        self._attached = []
        self._patches.restore()
        self._every.discard(self)

    @classmethod
    def is_any_open(cls) -> bool:
        """Whether this process is measured, by whomever."""
        return bool(cls._every)

    @classmethod
    def abandon_inherited(cls) -> CellRun | None:
        """Close what this process, which was just forked, has of its parent.

        Its threads are not there, and what they held of locks is never let go, so nothing is
        waited for, and the run is not described. Returns the run of the notebook's cell.
        """
        found: CellRun | None = None
        for measurement in list(cls._every):
            found, measurement._run = measurement._run or found, None
            for probe in measurement._attached:
                with measurement.health.guard(probe.name):
                    probe.forked()
            measurement.close()
        return found

    def optimizer_steps(self) -> int:
        """Of all optimizers so far in this run."""
        return sum(
            probe.pace()[0] for probe in self._attached if isinstance(probe, OptimizersProbe)
        )

    def set_rate(self, hz: float) -> None:
        """Samples a second, from the next cell on."""
        for probe in self._probes:
            if isinstance(probe, SamplerProbe):
                probe.set_rate(hz)

    def begin(self, run: CellRun) -> None:
        """A cell starts."""
        self._look_again()
        self._run = run
        for probe in reversed(self._in_order()):
            with own_work(self.health, probe.name):
                probe.begin(run)

    def end(self, run: CellRun, record: CellRecord) -> None:
        """The cell has ended: every probe writes what it saw into ``record``."""
        self._run = None
        record.places = run.places.nodes
        for probe in self._in_order():
            with own_work(self.health, probe.name):
                probe.end(run, record)
        record.places_complete = run.places.complete
        run.places.close()
        if run.phases is not None:
            run.phases.close()
            with own_work(self.health, SamplerProbe.name):
                add_phases(run.phases, record)
        with own_work(self.health, SamplerProbe.name):
            add_ends(record)

    def _in_order(self) -> list[Probe]:
        return [probe for probe in self._probes if probe in self._attached]

    def _attach(self, probe: Probe) -> None:
        with self.health.guard(probe.name):
            probe.attach(self._patches)
            self._attached.append(probe)
            for name in filter(is_imported, sorted(probe.modules)):
                self._hook.forget(name)
                probe.imported(name, self._patches)

    def _imported(self, name: str) -> None:
        """A module has just been imported, perhaps by a cell that runs."""
        with self.health.guard(f"{name} import"):
            if name == "torch":
                self._attach_to_torch()
            for probe in self._attached:
                if name in probe.modules:
                    probe.imported(name, self._patches)

    def _look_again(self) -> None:
        """Modules may have been imported by a way that the hook did not see."""
        if self._waiting and is_torch_imported():
            self._hook.forget("torch")
            self._attach_to_torch()
        for name in [name for name in self._hook.awaited if name in sys.modules]:
            if name != "torch" and is_imported(name):
                self._hook.forget(name)
                self._imported(name)

    def _attach_to_torch(self) -> None:
        torch = sys.modules["torch"]
        if not is_supported(torch):
            self._waiting = []
            self.health.note("PyTorch", why_not_supported(torch))
        while self._waiting:
            probe = self._waiting.pop(0)
            self._attach(probe)
            if self._run is not None and probe in self._attached:
                with self.health.guard(probe.name):
                    probe.begin(self._run)


def own_work(health: Health, part: str) -> Guard:
    """Guard work that is done while no code of the user's runs.

    An interrupt that arrives now cuts this piece of work short, and the next goes on: IPython
    would not let it stop the cell either.
    """
    return Guard(health, part, interrupts=True)
