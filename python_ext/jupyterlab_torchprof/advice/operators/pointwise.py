"""Rows of operators that each read and write all elements."""

from __future__ import annotations

from ...record import DeepWork
from ...units import format_bytes, format_percent, format_seconds
from ..evidence.deep import sizes_text, window_of
from ..grammar import Case, Finding, Rule
from ..text.sites import mentions

_LEAST = 5
_LEAST_SHARE = 0.2
_DECIDED = ("torch.compile", "torch_compile", ".compile(", "jit.trace", "jit.script")


class PointwiseChain(Rule):
    """Several operators one behind the other each read a large tensor and write another, and
    compute little: the memory is what they wait for. Compiled, they become one pass.

    Evidence: A deep profile in which at least five of them in a row, on tensors of one size, of
    50 µs each or more, took 20 % of the time with their backwards.

    Fix: By hand: `torch.compile` on the function that they stand in, or on the model.

    Silent: Where some cell compiles or traces already.

    Sources:
        https://docs.pytorch.org/docs/stable/torch.compiler.html

    Notes: Nothing is predicted but the traffic of what lies in between.
    """

    id = "pointwise-chain"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The rows that took most, all on one line together."""
        window = window_of(case.record)
        if window is None:
            return None
        chains = [work for work in window.deep.work if _is_chain(work)]
        largest = max(chains, key=_seconds, default=None)
        if largest is None:
            return None
        same = [work for work in chains if work.place == largest.place]
        seconds = sum(map(_seconds, same))
        compiled = any(each.layers and each.layers.compiled for each in case.grad.forwards)
        if window.share(seconds) < _LEAST_SHARE or compiled or mentions(case.program, *_DECIDED):
            return None
        shape = sizes_text(largest.inputs[0].shape)
        moved = sum(work.moved_bytes for work in same) // window.steps
        return Finding(
            title=(
                f"{largest.operators} elementwise operators in a row took "
                f"{format_percent(window.share(seconds))} of the recorded time."
            ),
            explanation=(
                "Each of them reads all elements and writes them again, so that they wait for the "
                f"memory: what lies between them is {format_bytes(moved)} in each step. "
                "`torch.compile` makes one pass of them; its first call takes a while."
            ),
            evidence=[
                f"They took {format_seconds(seconds)} of {format_seconds(window.seconds)}, with "
                "their backwards.",
                f"The first got a tensor of {shape} elements on {largest.device}.",
            ],
            remedy=case.by_hand_there(
                "By hand: write `@torch.compile` above the function that computes this, or call "
                "`compile()` of the model, and run twice to compare: the first run compiles.",
                largest.place,
            ),
        )


def _is_chain(work: DeepWork) -> bool:
    return work.kind == "pointwise" and work.operators >= _LEAST


def _seconds(work: DeepWork) -> float:
    return work.total_s + work.backward_s
