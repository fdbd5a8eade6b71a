"""Collects objects that only hold each other, and tells of which classes they were."""

from __future__ import annotations

import gc
from collections import Counter
from typing import Any

from ..probes.objects.kinds import class_name
from ..probes.torch_import import imported_torch
from ..words import enumerate_words

_SHOWN = 4


def collect_cycles() -> str:
    """Collect, and say what was found: ``"2 ResNet and 1 Trainer"``; empty for nothing of note.

    What the collector finds is kept for a moment, to be looked at, and let go by a second round.
    No code of the objects runs but what a collection runs: finalizers and callbacks.
    """
    flags, before = gc.get_debug(), len(gc.garbage)
    gc.set_debug(flags | gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        found = Counter(class_name(thing) for thing in gc.garbage[before:] if _is_telling(thing))
    finally:
        gc.set_debug(flags)
        del gc.garbage[before:]
    gc.collect()
    told = [f"{n:,} {name}" for name, n in found.most_common(_SHOWN)]
    return enumerate_words(told) if told else ""


def _is_telling(thing: Any) -> bool:
    """Whether its class tells the user something: a module, a tensor, or a class of a program."""
    torch: Any = imported_torch()
    cls = type(thing)
    if torch is not None and issubclass(cls, (torch.nn.Module, torch.Tensor)):
        # Parts of a model are told by the model.
        return not str(cls.__dict__.get("__module__")).startswith("torch.nn.modules")
    return str(cls.__dict__.get("__module__")) == "__main__"
