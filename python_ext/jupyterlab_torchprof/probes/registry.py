"""The probes, in the order in which they end a cell."""

from __future__ import annotations

from ..health import Health
from ..ranks.late import LateRanks
from .autograd import AutogradProbe
from .base import Probe
from .checkpoints import CheckpointsProbe
from .collected import CollectedProbe
from .cpu_time import CpuTimeProbe
from .data_loading import DataLoadingProbe
from .deep.probe import DeepProbe
from .device_memory import DeviceMemoryProbe
from .devices import Devices
from .evaluations.probe import EvaluationsProbe
from .holders import HoldersProbe
from .host_memory import HostMemoryProbe
from .leaving import LeavingProbe
from .loads.probe import LoadsProbe
from .module_texts import ModuleTextsProbe
from .moves import MovesProbe
from .optimizers.probe import OptimizersProbe
from .placement import PlacementProbe
from .raised_warnings import WarningsProbe
from .ranks.engines import EnginesProbe
from .ranks.launches import Launches
from .ranks.ray_train import RayTrainProbe
from .ranks.started import MeasuredBy, RanksProbe
from .sampler import Listener, SamplerProbe
from .torch_state import TorchStateProbe
from .training_calls.probe import TrainingCallsProbe
from .transfers import TransfersProbe


def make_probes(
    health: Health,
    *,
    devices: Devices | None = None,
    listener: Listener | None = None,
    ranks: MeasuredBy | None = None,
    late: LateRanks | None = None,
) -> list[Probe]:
    """New probes for one measurement. They begin a cell in the reverse order.

    ``ranks``: measures the processes that a cell starts together; ``None``: they are not measured.
    ``late``: waits for those that go on when the cell has ended.

    A deep profile is the last to begin, so that it is not about the others. The clock is read
    first, then the sampler stops; memory is read before the walks over tensors,
    which cost some. The texts of modules come last: they are of places that the others have met.
    """
    devices = devices or Devices()
    checkpoints = CheckpointsProbe(health)
    optimizers = OptimizersProbe(health)
    loading = DataLoadingProbe(health)
    sampler = SamplerProbe(health, devices, listener)
    launches = Launches(lambda: sampler.rate_hz, late)
    return [
        DeepProbe(health),
        CpuTimeProbe(health),
        sampler,
        HostMemoryProbe(health),
        DeviceMemoryProbe(health, devices),
        LoadsProbe(health, checkpoints.loaded),
        MovesProbe(health),
        TransfersProbe(health, devices),
        EvaluationsProbe(health, devices),
        loading,
        AutogradProbe(health, optimizers, loading),
        TrainingCallsProbe(health, devices, optimizers),
        PlacementProbe(health),
        optimizers,
        checkpoints,
        CollectedProbe(health),
        HoldersProbe(health),
        TorchStateProbe(health, devices),
        WarningsProbe(health),
        LeavingProbe(health),
        *([] if ranks is None else [RanksProbe(health, launches, ranks)]),
        *([] if ranks is None else [EnginesProbe(health, launches)]),
        *([] if ranks is None else [RayTrainProbe(health, launches)]),
        ModuleTextsProbe(health),
    ]
