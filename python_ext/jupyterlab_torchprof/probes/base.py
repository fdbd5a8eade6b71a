"""What a probe is: it watches one thing during a cell and writes it into the cell's record.

A probe knows nothing of advice, comms or HTML. Its failures are caught by `Health.guard`, so a
probe never raises into the user's program, and it holds no strong reference to a user's tensor
after `end`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

from .. import clocks
from ..health import Health
from ..patches import Patches
from ..record import CellRecord
from ..source import source_hash
from .lines import CellCode
from .loops.work import Work
from .places.texts import CellTexts
from .places.tree import PlaceTree

if TYPE_CHECKING:
    from ..deep_options import DeepOptions
    from ..messages import DeepProgress, RankNow
    from .objects.local_modules import LocalModules
    from .objects.survey import Survey
    from .phases.looks import PhaseLooks


@dataclass(slots=True)
class CellRun:
    """One run of one cell while it happens."""

    run_id: str
    cell_id: str | None
    execution_count: int | None
    source: str
    namespace: Mapping[str, Any]
    """The notebook's namespace (``user_ns``), live."""
    code: CellCode
    """Finds the line of the cell that a frame is in."""
    started_at: float = field(default_factory=clocks.time)
    started: float = field(default_factory=clocks.perf_counter)
    cpu_started_s: float = 0.0
    """The process's processor time when the cell started."""
    overhead_s: float = 0.0
    """What the profiler took so far; probes add what their hooks took."""
    sampled_peaks: dict[str, int] = field(default_factory=dict)
    """Highest memory that the sampling thread saw, in bytes by device, ``"host"`` among them."""
    busy: dict[str, float] = field(default_factory=dict)
    """What the driver said last of each device, until a sample takes it."""
    ticks: list[Callable[[], None]] = field(default_factory=list)
    """Called on the sampling thread before each sample; quick, safe beside the cell's thread."""
    lasts: Callable[[], None] | None = None
    """Called once on the sampling thread, as soon as the cell is no quick one; quick itself."""
    texts: CellTexts = field(default_factory=CellTexts)
    """Texts of the cells that ran before, in which functions stand."""
    places: PlaceTree = field(init=False)
    """Where in the user's code things happened."""
    work: Work = field(default_factory=Work)
    """What modules and autograd have done so far."""
    phases: PhaseLooks | None = None
    """What the looks at its stack met, once the sampling thread watches."""
    survey: Survey | None = None
    """The walk over the namespace, once a probe has asked for it (`probes.survey.survey`)."""
    is_program: bool = False
    """It is a whole process and no cell: the outermost places are those of its own files."""
    is_rank: bool = False
    """It is one of several processes, with whose batches its own are to be compared."""
    deep: DeepOptions | None = None
    """The deep profile that was asked for."""
    deep_progress: Callable[[], DeepProgress] | None = None
    """What a deep profile does now, once one was begun; for any thread."""
    end_deep: Callable[[], None] | None = None
    """Ends it where it can be ended; the program goes on. For any thread."""
    is_held_up: bool = False
    """The profiler works on the cell's thread while the program waits: that is none of its time."""
    deep_trace: bytes | None = None
    """What it recorded, event by event, once it has been read: a trace, compressed by gzip."""
    steppers: list[Callable[[], None]] = field(default_factory=list)
    """Called before the steps of optimizers that are looked at, on their thread."""
    local_modules: LocalModules | None = None
    """Modules that no variable has, once forwards are watched."""
    ranks: Callable[[], list[RankNow]] | None = None
    """What the ranks that the cell has started do now; for the sampling thread."""
    watch_forward: Callable[[], None] | None = None
    """Has the next forward watched, however many were before; not for every step of a loop."""

    def __post_init__(self) -> None:
        """The places are those of this run."""
        self.texts.add(self.source)
        self.places = PlaceTree(
            self.code, source_hash(self.source), self.texts, is_program=self.is_program
        )

    def place(self, frame: FrameType) -> int | None:
        """Where ``frame`` was called from: index of a node of `places`."""
        return self.places.find(frame)

    def line(self, place: int | None) -> int | None:
        """Line of the cell from which a place was reached, from one."""
        return self.places.line(place)


class Probe:
    """Base of the probes. Every method has a default that does nothing."""

    name: ClassVar[str]
    """Name in the health line."""
    needs_torch: ClassVar[bool] = False
    """`attach` waits until the user has imported PyTorch."""
    modules: ClassVar[frozenset[str]] = frozenset()
    """Modules of libraries of which `imported` is to be told."""

    def __init__(self, health: Health) -> None:
        """A probe reports its failures to ``health``."""
        self.health = health

    def attach(self, patches: Patches) -> None:
        """Hook in, once. What is set through ``patches`` is restored on unload."""

    def imported(self, name: str, patches: Patches) -> None:
        """One of `modules` is there: before `attach`, or imported since."""

    def detach(self) -> None:
        """Undo what `attach` did outside ``patches``."""

    def forked(self) -> None:
        """This process was just forked: forget threads and locks, which stayed in the parent.

        `detach` follows, without an `end`.
        """

    def begin(self, run: CellRun) -> None:
        """A cell starts; the run is in progress until `end`."""

    def end(self, run: CellRun, record: CellRecord) -> None:
        """The cell has ended: write what was seen into ``record`` and forget it."""
