"""What rules advise, as the libraries that have the loop call it: rule, library, argument.

Pure facts, held to the libraries' own signatures by ``test/kernel/libraries``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Setting = Literal[
    "workers",
    "pinning",
    "persistent workers",
    "prefetch",
    "bfloat16",
    "float16",
    "tf32",
    "half weights",
    "checkpointing",
    "batch",
    "accumulation",
    "compile",
    "fused",
    "clipping",
    "outputs on the host",
]
"""What rules would set."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument of a constructor."""

    name: str
    value: str | None = None
    """What to give it, as Python writes it, ``{torch}`` being the module; ``None``: the number
    that the rule found."""
    default: int | None = None
    """The number that it has where the call gives none."""
    evaluating: str | None = None
    """Its name for the loader of the evaluation, where that has its own."""
    without: tuple[str, ...] = ()
    """Arguments beside which it is refused, or says the same twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A library that runs the loop, and the constructor that takes its settings."""

    packages: frozenset[str]
    """As places and imports name it."""
    loops: frozenset[str]
    """Classes with methods that run the loop, or a step of it; with a ``*`` in front, all whose
    names end so."""
    is_called: bool = False
    """The object itself is called, as in ``pipe(prompt)``."""
    constructor: str
    """The usual class that takes the settings."""
    constructors: frozenset[str]
    """All such classes, `constructor` among them; those of `loops`, or of what is passed to one."""
    passed_as: str | None = None
    """The loop's argument that takes an object of `constructors`; ``None``: the loop's own class
    takes the settings."""
    passed_at: int | None = None
    """Its position."""
    positional: int = 0
    """So many of the constructor's first arguments are none of the settings."""
    arguments: Mapping[Setting, Argument] = field(default_factory=dict)


TRANSFORMERS = Library(
    packages=frozenset({"transformers", "trl"}),
    loops=frozenset(
        {"Trainer", "Seq2SeqTrainer", "SFTTrainer", "DPOTrainer", "RewardTrainer", "GRPOTrainer"}
    ),
    constructor="TrainingArguments",
    constructors=frozenset(
        {"TrainingArguments", "Seq2SeqTrainingArguments", "SFTConfig", "DPOConfig", "RewardConfig"}
        | {"GRPOConfig"}
    ),
    passed_as="args",
    passed_at=1,
    positional=1,
    arguments={
        "workers": Argument("dataloader_num_workers"),
        "pinning": Argument("dataloader_pin_memory", "True"),
        "persistent workers": Argument("dataloader_persistent_workers", "True"),
        "prefetch": Argument("dataloader_prefetch_factor"),
        "bfloat16": Argument("bf16", "True", without=("fp16",)),
        "float16": Argument("fp16", "True", without=("bf16",)),
        "tf32": Argument("tf32", "True"),
        "half weights": Argument("bf16_full_eval", "True"),
        "checkpointing": Argument("gradient_checkpointing", "True"),
        "batch": Argument("per_device_train_batch_size", default=8),
        "accumulation": Argument("gradient_accumulation_steps", default=1),
        "compile": Argument("torch_compile", "True"),
        "fused": Argument("optim", '"adamw_torch_fused"'),
        "clipping": Argument("max_grad_norm"),
        "outputs on the host": Argument("eval_accumulation_steps", "1"),
    },
)
LIGHTNING = Library(
    packages=frozenset({"lightning", "pytorch_lightning"}),
    loops=frozenset({"Trainer"}),
    constructor="Trainer",
    constructors=frozenset({"Trainer"}),
    arguments={
        "bfloat16": Argument("precision", '"bf16-mixed"', without=("plugins",)),
        "float16": Argument("precision", '"16-mixed"', without=("plugins",)),
        "clipping": Argument("gradient_clip_val"),
    },
)
SKORCH = Library(
    packages=frozenset({"skorch"}),
    loops=frozenset(
        {"NeuralNet", "NeuralNetClassifier", "NeuralNetBinaryClassifier", "NeuralNetRegressor"}
    ),
    constructor="NeuralNet",
    constructors=frozenset(
        {"NeuralNet", "NeuralNetClassifier", "NeuralNetBinaryClassifier", "NeuralNetRegressor"}
    ),
    positional=1,
    arguments={
        "workers": Argument(
            "iterator_train__num_workers", evaluating="iterator_valid__num_workers"
        ),
        "pinning": Argument(
            "iterator_train__pin_memory", "True", evaluating="iterator_valid__pin_memory"
        ),
        "persistent workers": Argument(
            "iterator_train__persistent_workers",
            "True",
            evaluating="iterator_valid__persistent_workers",
        ),
        "prefetch": Argument(
            "iterator_train__prefetch_factor", evaluating="iterator_valid__prefetch_factor"
        ),
        "compile": Argument("compile", "True"),
        "fused": Argument("optimizer__fused", "True"),
    },
)
ACCELERATE = Library(
    packages=frozenset({"accelerate"}),
    loops=frozenset({"Accelerator"}),
    constructor="Accelerator",
    constructors=frozenset({"Accelerator"}),
    positional=2,
    arguments={
        "bfloat16": Argument("mixed_precision", '"bf16"'),
        "float16": Argument("mixed_precision", '"fp16"'),
    },
)
DIFFUSERS = Library(
    packages=frozenset({"diffusers"}),
    loops=frozenset({"*Pipeline.from_pretrained"}),
    is_called=True,
    constructor="from_pretrained",
    constructors=frozenset({"*Pipeline.from_pretrained"}),
    positional=1,
    arguments={"half weights": Argument("torch_dtype", "{torch}.bfloat16")},
)
LIBRARIES = (TRANSFORMERS, LIGHTNING, SKORCH, ACCELERATE, DIFFUSERS)


def library_of(package: str | None) -> Library | None:
    """The library that a place or an import is of: ``transformers`` or ``transformers.trainer``."""
    root = (package or "").partition(".")[0]
    return next((each for each in LIBRARIES if root in each.packages), None)
