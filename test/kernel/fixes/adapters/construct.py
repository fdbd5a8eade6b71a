"""Adapters of the fixes at a library's constructor."""

from __future__ import annotations

from collections.abc import Sequence

from jupyterlab_torchprof.advice.text.settings import LIBRARIES
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.construct import set_arguments
from jupyterlab_torchprof.record import TextEdit

from adapters.data import sites

WANTED = {
    "Accelerator": {"mixed_precision": '"bf16"'},
    "NeuralNetClassifier": {"iterator_train__num_workers": "2"},
    "Trainer": {"precision": '"bf16-mixed"'},
    "TrainingArguments": {"per_device_train_batch_size": "8", "gradient_accumulation_steps": "4"},
}


def set_in_constructor(source: str) -> Sequence[TextEdit]:
    method = next((name for name in WANTED if f"{name}(" in source), None)
    library = next((each for each in LIBRARIES if method in each.constructors), None)
    if method is None or library is None:
        raise CannotFix("There is no constructor.")
    return set_arguments(
        sites(source, method)[0],
        WANTED[method],
        "Set it",
        positional=library.positional,
        without=("fp16",),
    ).edits


ADAPTERS = {"library-argument": set_in_constructor}
