"""What was tried in another way, and was faster."""

from __future__ import annotations

from collections.abc import Sequence

from ...record import DeepReplay, DeepWork
from ...units import format_percent, format_seconds
from ..evidence.deep import Window, replay_of, saved_s, speedup, window_of
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule

_PRODUCTS = frozenset({"aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm"})
_CONVOLUTION = "aten::convolution"
_Tried = Sequence[tuple[DeepWork, DeepReplay]]


class Fp32Gemm(Rule):
    """Most of the time goes to products of matrices or convolutions in float32, and on this device
    the same in bfloat16 is much faster.

    Evidence: A deep profile in which they took 30 % of the time, and a try on its operators in
    bfloat16, conversions included, that was 1.5 times faster.

    Fix: By hand: `torch.autocast` around forward and loss. The prediction is that of the tries, of
    what was tried only.

    Silent: Until it was tried; where other advice on the same run is about precision.

    Sources:
        https://docs.pytorch.org/docs/stable/amp.html

    Notes: Results differ: bfloat16 has three significant digits.
    """

    id = "fp32-gemm"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Tries in bfloat16 that paid."""
        window = window_of(case.record)
        if window is None or _is_said(case, "amp-training", "autocast-inference"):
            return None
        works = [work for work in _computing(window) if work.inputs[0].dtype == "float32"]
        if window.share(sum(work.total_s for work in works)) < 0.3:
            return None
        tried = _faster(works, "bfloat16", 1.5)
        if not tried or window.share(_saved(tried)) < 0.05:
            return None
        device = tried[0][0].device
        return _finding(
            case,
            window,
            tried,
            what="in bfloat16",
            explanation=(
                "Products and convolutions in bfloat16 read half of the bytes, and this device "
                "has instructions for them. Results differ: bfloat16 has three significant digits."
            ),
            by_hand=(
                f'By hand: `with torch.autocast("{device.partition(":")[0]}", '
                "dtype=torch.bfloat16):` around the forward and the loss, not around the backward."
            ),
        )


class GemmAlignment(Rule):
    """A product of matrices in half precision has sizes that are no multiples of eight, and is
    faster when it is padded.

    Evidence: A deep profile in which such products took 10 % of the time, and a try with padded
    sizes that was 1.1 times faster.

    Fix: By hand: sizes of layers and vocabularies that are multiples of eight.

    Silent: Until it was tried; on the CPU.

    Sources:
        https://docs.nvidia.com/deeplearning/performance/dl-performance-matrix-multiplication/
    """

    id = "gemm-alignment"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Tries with padding that paid."""
        window = window_of(case.record)
        if window is None:
            return None
        works = [work for work in window.deep.work if "padded" in work.alternatives]
        if window.share(sum(work.total_s for work in works)) < 0.1:
            return None
        tried = _faster(works, "padded", 1.1)
        if not tried:
            return None
        return _finding(
            case,
            window,
            tried,
            what="with sizes padded to multiples of eight",
            explanation=(
                "In half precision the device computes blocks of eight numbers; other sizes take "
                "slower ways."
            ),
            by_hand=(
                "By hand: make the sizes of layers, or of the vocabulary, multiples of eight, or "
                "pad the last batch of numbers."
            ),
        )


class FewerThreads(Rule):
    """With half of its threads PyTorch computes the operators that take most faster: they wait for
    each other, or for memory.

    Evidence: A deep profile, and a try on an operator of at least 10 % of its time with half of the
    threads, that was 1.15 times faster.

    Fix: By hand: `torch.set_num_threads`, once below the imports.

    Silent: Until it was tried; where `cpu-threads` speaks; for operators of less than 10 %.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/cpu_threading_torchscript_inference.html
    """

    id = "fewer-threads"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """Tries with fewer threads that paid, on most of what was tried."""
        window = window_of(case.record)
        if window is None or _is_said(case, "cpu-threads"):
            return None
        large = [work for work in window.deep.work if window.share(work.total_s) >= 0.1]
        tried = _faster(large, "fewer_threads", 1.15)
        all_tried = [work for work in large if replay_of(work, "fewer_threads") is not None]
        if not tried or len(tried) < len(all_tried):
            return None
        threads = max(1, tried[0][1].threads // 2)
        return _finding(
            case,
            window,
            tried,
            what=f"with {threads} instead of {tried[0][1].threads} threads",
            explanation=(
                "Threads share the machine's memory and its cores, with other processes, too; "
                "more of them are not always faster."
            ),
            by_hand=f"By hand: write `torch.set_num_threads({threads})` below the imports.",
        )


def _computing(window: Window) -> list[DeepWork]:
    return [
        work
        for work in window.deep.work
        if work.kind == "operator" and (work.name in _PRODUCTS or work.name == _CONVOLUTION)
    ]


def _faster(works: Sequence[DeepWork], alternative: str, least: float) -> _Tried:
    """What was tried and was so many times faster, the largest saving first."""
    tried = ((work, replay_of(work, alternative)) for work in works)
    found = [(work, replay) for work, replay in tried if replay and speedup(replay) >= least]
    return sorted(found, key=lambda each: -saved_s(*each))


def _saved(tried: _Tried) -> float:
    return sum(saved_s(work, replay) for work, replay in tried)


def _is_said(case: Case, *rules: str) -> bool:
    """Whether other advice on the run says the same; a try comes after it."""
    return any(advice.rule in rules for advice in case.record.advice)


def _finding(
    case: Case, window: Window, tried: _Tried, *, what: str, explanation: str, by_hand: str
) -> Finding:
    work, replay = tried[0]
    saved = _saved(tried)
    was, now = format_seconds(replay.original_s), format_seconds(replay.alternative_s)
    return Finding(
        title=f"`{work.name}` was {speedup(replay):.1f} times faster {what}.",
        explanation=explanation,
        evidence=[
            f"On random numbers of the recorded shapes a call took {was}, {what} {now}.",
            f"What was tried took {format_percent(window.share(_whole(tried)))} of the recorded "
            f"{format_seconds(window.seconds)}.",
        ],
        remedy=case.by_hand_there(
            by_hand,
            work.place,
        ),
        prediction=shortened(case.record, window.in_run(saved, case.grad.optimizer_steps)),
    )


def _whole(tried: _Tried) -> float:
    return sum(work.total_s + work.backward_s for work, _replay in tried)
