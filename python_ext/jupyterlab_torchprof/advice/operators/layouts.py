"""Copies that only put numbers in another order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...record import DeepReplay, DeepWork
from ...units import format_percent, format_seconds
from ...words import count_of
from ..evidence.deep import Window, replay_of, saved_s, sizes_text, speedup, window_of
from ..evidence.standing import Spot
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions

_LEAST_SHARE = 0.08
_CHANNELS_LAST = "channels_last"
_COPYING = (".contiguous(", ".clone(")


class LayoutCopies(Rule):
    """A transposed tensor is copied into the usual order, though what reads the copy takes it as it
    is; or images are turned around again and again, where one order would do for the whole model.

    Evidence: A deep profile. Either a line's `.contiguous()` or `.clone()` copies a transposed
    tensor for one product of matrices, and a try of that product on the tensor itself saves 8 % of
    the recorded time. Or copies between channels first and channels last took 8 % of it, beside
    convolutions of which a try in channels last was no slower.

    Fix: By hand: without the copy, or `model.to(memory_format=torch.channels_last)`. The prediction
    is that of the tries, or the time of the copies.

    Silent: Until it was tried; for other orders of axes, as of windows and patches, which have to
    be copied once; where libraries copy for a product; where the notebook decides about
    `channels_last`.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/memory_format_tutorial.html

    Notes: That the copied tensor is transposed is told by its strides. Rounding may differ.
    """

    id = "layout-copies"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The line whose copies cost most, or images that are turned."""
        window = window_of(case.record)
        if window is None:
            return None
        works = [work for work in window.deep.work if work.kind == "layout"]
        return _of_products(case, window, works) or _of_images(case, window, works)


def _of_products(case: Case, window: Window, works: Sequence[DeepWork]) -> Finding | None:
    places: defaultdict[int | None, list[tuple[DeepWork, DeepReplay]]] = defaultdict(list)
    for work in works:
        replay = replay_of(work, "no_copy")
        spot = case.spot(work.place)
        if replay is not None and spot is not None and _copies(spot):
            places[work.place].append((work, replay))
    tried = max(places.values(), key=_saved, default=[])
    saved = _saved(tried)
    if not tried or window.share(saved) < _LEAST_SHARE:
        return None
    work, replay = max(tried, key=lambda each: saved_s(*each))
    was, now = format_seconds(replay.original_s), format_seconds(replay.alternative_s)
    calls = sum(each.calls for each, _replay in tried)
    copied = work.inputs[work.numbers[0][0]]
    return Finding(
        title=f"A copy in another order costs {format_percent(window.share(saved))} of the "
        f"recorded time, and `{work.name}` does not need it.",
        explanation=(
            "Products of matrices read a transposed tensor as it is. The copy reads and writes all "
            "of it before, in an order that is slow for memory; results differ by rounding."
        ),
        evidence=[
            f"{count_of(calls, 'copy', 'copies')} and the products that read them took "
            f"{format_seconds(_seconds(each for each, _replay in tried))} of "
            f"{format_seconds(window.seconds)}.",
            f"What is copied has {sizes_text(copied.shape)} elements, with strides of "
            f"{sizes_text(copied.strides or [])}.",
            f"On random numbers copy and product took {was}, the product alone {now}: "
            f"{speedup(replay):.1f} times faster.",
        ],
        remedy=case.by_hand_there(
            "By hand: leave `.contiguous()` or `.clone()` out in front of the product.", work.place
        ),
        prediction=shortened(case.record, window.in_run(saved, case.grad.optimizer_steps)),
    )


def _of_images(case: Case, window: Window, works: Sequence[DeepWork]) -> Finding | None:
    """Copies that a model in channels last makes none of."""
    copies = [work for work in works if work.name == _CHANNELS_LAST]
    seconds = _seconds(copies)
    if not copies or window.share(seconds) < _LEAST_SHARE or not _likes_channels_last(window):
        return None
    is_said = any(advice.rule == "channels-last" for advice in case.record.advice)
    if is_said or mentions(case.program, "channels_last"):
        return None
    largest = max(copies, key=lambda work: work.total_s)
    calls = sum(work.calls for work in copies)
    return Finding(
        title=f"Images are turned between channels first and last, for "
        f"{format_percent(window.share(seconds))} of the recorded time.",
        explanation=(
            "Each copy reads and writes all of them. In the memory format `channels_last` "
            "convolutions hand on what lies with its channels last already, so that `permute` "
            "needs no copy."
        ),
        evidence=[
            f"{count_of(calls, 'copy', 'copies')} took {format_seconds(seconds)} of "
            f"{format_seconds(window.seconds)}.",
            f"The largest was of {sizes_text(largest.inputs[0].shape)} elements.",
            "Tried on random numbers, the convolutions were no slower in that order.",
        ],
        remedy=case.by_hand_there(
            "By hand: write `model = model.to(memory_format=torch.channels_last)` where the model "
            "is made, give it images in that order, and run again to compare.",
            largest.place,
        ),
    )


def _likes_channels_last(window: Window) -> bool:
    """Whether convolutions were tried, and none of those was slower with channels last."""
    tried = [replay_of(work, _CHANNELS_LAST) for work in window.deep.work]
    gains = [speedup(replay) for replay in tried if replay is not None]
    return bool(gains) and min(gains) >= 1.0


def _saved(tried: Iterable[tuple[DeepWork, DeepReplay]]) -> float:
    return sum(saved_s(work, replay) for work, replay in tried)


def _seconds(works: Iterable[DeepWork]) -> float:
    return sum(work.total_s for work in works)


def _copies(spot: Spot) -> bool:
    """Whether a line says that it copies."""
    return any(each in spot.text for each in _COPYING)
