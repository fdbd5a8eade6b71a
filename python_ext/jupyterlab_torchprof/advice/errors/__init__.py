"""Help with errors of PyTorch's that the notebook can explain."""

from __future__ import annotations

from ..grammar import Rule
from .device_asserts import DeviceAssert
from .dtypes import DtypeMismatch
from .generators import GeneratorDevice
from .host_memory import HostOutOfMemory
from .indices import IndexOutOfRange
from .inference_tensors import InferenceTensor
from .inplace import InplaceModification, LeafInplace
from .mismatch import InputDeviceMismatch
from .missing_gradients import GradIsNone
from .nonscalar import BackwardNonscalar
from .optimizer_states import OptimizerStateDevice
from .scaled_halves import UnscaleHalf
from .second_backward import BackwardTwice
from .shapes import ShapeMismatch
from .state_dicts import StateDictKeys
from .to_numpy import TensorToNumpy
from .unpickling import WeightsOnlyUnpickling
from .unregistered import UnregisteredLayer
from .without_graph import BackwardWithoutGraph
from .workers import CudaBeforeFork, WorkerImport, WorkerKilled

RULES: tuple[Rule, ...] = (
    InputDeviceMismatch(),
    UnregisteredLayer(),
    OptimizerStateDevice(),
    GeneratorDevice(),
    TensorToNumpy(),
    ShapeMismatch(),
    DtypeMismatch(),
    IndexOutOfRange(),
    DeviceAssert(),
    BackwardTwice(),
    BackwardWithoutGraph(),
    BackwardNonscalar(),
    GradIsNone(),
    InplaceModification(),
    LeafInplace(),
    InferenceTensor(),
    UnscaleHalf(),
    WeightsOnlyUnpickling(),
    StateDictKeys(),
    WorkerImport(),
    WorkerKilled(),
    CudaBeforeFork(),
    HostOutOfMemory(),
)
"""In the order of the documentation."""
