"""Number formats: mixed precision, half precision, TF32."""

from __future__ import annotations

from ..grammar import Rule
from .clipping import UnscaleBeforeClip
from .deprecated import DeprecatedCudaAmp
from .float16 import Bf16OverFp16, HalfTraining
from .inference import AutocastInference, HalfInference
from .scaling import ScalerWithBf16
from .tf32 import Tf32Matmul
from .training import AmpTraining

RULES: tuple[Rule, ...] = (
    HalfTraining(),
    UnscaleBeforeClip(),
    AmpTraining(),
    HalfInference(),
    Tf32Matmul(),
    AutocastInference(),
    Bf16OverFp16(),
    ScalerWithBf16(),
    DeprecatedCudaAmp(),
)
"""In the order of the documentation."""
