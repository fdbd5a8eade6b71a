"""The training loop."""

from __future__ import annotations

from ..grammar import Rule
from .accumulation import GradAccumulation
from .clocks import TimingWithoutSync
from .debugging import AnomalyLeftOn
from .fused import FusedOptimizer
from .gradients import MissingZeroGrad
from .losses import SoftmaxIntoCrossEntropy
from .misspelt import RequiresGradTypo
from .optimizers import AdamWeightDecay
from .order import SchedulerBeforeOptimizer
from .recomputing import ActivationCheckpointing, UseReentrant
from .retained import RetainGraph
from .ungraded import ParametersWithoutGradient
from .unlearnt import ScalerSkipsAll
from .unscaled import AccumulationUnscaled
from .unstepped import OptimizerNeverSteps
from .untaken import GradientsWithoutOptimizer
from .waiting import ItemSyncInLoop
from .zeros import ZeroGradSetToNone

RULES: tuple[Rule, ...] = (
    MissingZeroGrad(),
    ParametersWithoutGradient(),
    OptimizerNeverSteps(),
    GradientsWithoutOptimizer(),
    ScalerSkipsAll(),
    SchedulerBeforeOptimizer(),
    RequiresGradTypo(),
    SoftmaxIntoCrossEntropy(),
    AdamWeightDecay(),
    GradAccumulation(),
    AccumulationUnscaled(),
    RetainGraph(),
    AnomalyLeftOn(),
    ActivationCheckpointing(),
    UseReentrant(),
    ZeroGradSetToNone(),
    FusedOptimizer(),
    ItemSyncInLoop(),
    TimingWithoutSync(),
)
"""In the order of the documentation."""
