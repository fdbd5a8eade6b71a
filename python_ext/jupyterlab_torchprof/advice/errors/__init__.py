"""Help with errors of PyTorch's that the notebook can explain."""

from __future__ import annotations

from ..grammar import Rule
from .dtypes import DtypeMismatch
from .indices import DeviceAssert, IndexOutOfRange
from .inference_tensors import InferenceTensor
from .inplace import InplaceModification, LeafInplace
from .mismatch import InputDeviceMismatch
from .missing_gradients import GradIsNone
from .scaled_halves import UnscaleHalf
from .second_backward import BackwardTwice
from .shapes import ShapeMismatch
from .unpickling import WeightsOnlyUnpickling
from .without_graph import BackwardNonscalar, BackwardWithoutGraph

RULES: tuple[Rule, ...] = (
    InputDeviceMismatch(),
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
)
"""In the order of the documentation."""
