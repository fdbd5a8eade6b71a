"""Attention that keeps and passes over its weights."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import inf, prod

from ...record import DeepWork
from ...units import format_bytes, format_percent, format_seconds
from ...words import count_of
from ..evidence.deep import replay_of, saved_s, sizes_text, speedup, window_of
from ..evidence.standing import Spot
from ..evidence.times import shortened
from ..grammar import Case, Finding, Rule
from ..text.code import read
from .around import function_around

_LEAST_SHARE = 0.1
_LEAST_SPEEDUP = 1.1
_SIZES = {"float64": 8, "float32": 4}
_BY_HAND = (
    "By hand: `torch.nn.functional.scaled_dot_product_attention(q, k, v)` computes product, "
    "softmax and product at once, with `is_causal=True` or `attn_mask=…` for a mask. It scales by "
    "`1/sqrt(d)` itself."
)
_OF_LIBRARY = (
    "By hand: a library computes it. `nn.MultiheadAttention` takes the fused way with "
    '`need_weights=False`, models of transformers with `attn_implementation="sdpa"`.'
)


class AttentionUnfused(Rule):
    """Attention is computed as a product, a softmax and a product, each of which passes over the
    weights of all pairs. `scaled_dot_product_attention` computes it in blocks and never holds them.

    Evidence: A deep profile in which these operators, on the very shapes of each other, with what
    stands between and their backwards, took 10 % of the time.

    Fix: By hand: `scaled_dot_product_attention`, or what a library calls it. Try it on the
    operators of the deep profile first: what it gains is measured then.

    Silent: Where the weights are returned or kept; for dropout of weights on the CPU, for which
    PyTorch has no fused kernel; where a try was no faster, and on the CPU, where the fused kernel
    can be slower, until it was tried.

    Sources:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html

    Notes: Seconds are predicted only from a replay.
    """

    id = "attention-unfused"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The line whose attention took most."""
        window = window_of(case.record)
        if window is None:
            return None
        places: defaultdict[int | None, list[DeepWork]] = defaultdict(list)
        for work in window.deep.work:
            if work.kind == "attention" and "sdpa" in work.alternatives:
                places[work.place].append(work)
        works = max(places.values(), key=_seconds, default=[])
        if not works or window.share(_seconds(works)) < _LEAST_SHARE:
            return None
        tried = [(work, replay_of(work, "sdpa")) for work in works]
        gains = [speedup(replay) for _work, replay in tried if replay is not None]
        spot = case.spot(works[0].place)
        is_own = spot is not None and "softmax" in spot.text
        if max(gains, default=0.0 if works[0].device == "cpu" else inf) < _LEAST_SPEEDUP:
            return None
        if spot is not None and _keeps_weights(spot, is_own=is_own):
            return None
        saved = sum(saved_s(work, replay) for work, replay in tried if replay is not None)
        steps = case.grad.optimizer_steps
        share, held = window.share(_seconds(works)), _weights_bytes(works)
        calls = sum(work.calls for work in works)
        queries, keys = (sizes_text(given.shape) for given in works[0].inputs[:2])
        return Finding(
            title=(
                f"Attention in single operators took {format_percent(share)} of the recorded time."
            ),
            explanation=(
                f"Each time the weights of all pairs, {format_bytes(held)}, are written and read "
                "by one operator after the other, and kept for the backward. "
                "`scaled_dot_product_attention` computes the same in blocks."
            ),
            evidence=[
                f"{count_of(calls, 'call')} of product, softmax and product took "
                f"{format_seconds(_seconds(works))} with their backwards, of "
                f"{format_seconds(window.seconds)}.",
                f"Queries were {queries}, keys {keys}.",
                *(
                    f"Tried on random numbers, it was {gain:.1f} times faster."
                    for gain in gains[:1]
                ),
            ],
            remedy=case.by_hand_there(_BY_HAND if is_own else _OF_LIBRARY, works[0].place),
            prediction=shortened(case.record, window.in_run(saved, steps)) if saved else None,
        )


def _seconds(works: Iterable[DeepWork]) -> float:
    return sum(work.total_s + work.backward_s for work in works)


def _weights_bytes(works: Sequence[DeepWork]) -> int:
    """Of one call, the largest."""
    return max(
        prod(work.inputs[0].shape[:2]) * work.inputs[1].shape[1] * _SIZES.get(_dtype(work), 2)
        for work in works
    )


def _dtype(work: DeepWork) -> str:
    return work.inputs[0].dtype


def _keeps_weights(spot: Spot, *, is_own: bool) -> bool:
    """Whether the function returns or stores the weights that its line has made.

    Names that they are bound to, by whatever calls, are followed within the function. What a
    library returns beside its result counts if anybody reads it.
    """
    function, code = function_around(spot), read(spot.code.source)
    if code is None:
        return True
    nodes = list(ast.walk(code.tree if function is None else function))
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    here = [node for node in assigned if node.lineno <= spot.line <= (node.end_lineno or 0)]
    if not is_own:
        beside = {name for node in here for target in node.targets for name in _beside(target)}
        return any(
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in beside
            for node in nodes
        )
    names = {name for node in here for target in node.targets for name in _names(target)}
    for node in sorted(assigned, key=lambda node: node.lineno):
        if names & _handed_on(node.value):
            names |= {name for target in node.targets for name in _names(target)}
    return any(_keeps(node, names) for node in nodes)


def _keeps(node: ast.AST, names: set[str]) -> bool:
    """Whether a node hands one of these on to others."""
    if isinstance(node, ast.Return) and node.value is not None:
        return bool(names & _handed_on(node.value))
    if isinstance(node, ast.Assign) and not all(isinstance(t, ast.Name) for t in node.targets):
        return bool(names & _handed_on(node.value))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "retain_grad":
            return bool(names & _names(node.func.value))
        if node.func.attr in ("append", "extend"):
            return any(names & _handed_on(each) for each in node.args)
    return False


def _handed_on(value: ast.expr) -> set[str]:
    """Names whose values a value is, has or is made of by calls: not those that it multiplies."""
    if isinstance(value, ast.Name):
        return {value.id}
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return set().union(*map(_handed_on, value.elts))
    if isinstance(value, ast.Dict):
        return set().union(*map(_handed_on, value.values))
    if isinstance(value, ast.Call) and not _multiplies(value):
        parts = [*value.args, *(word.value for word in value.keywords)]
        if isinstance(value.func, ast.Attribute):
            parts.append(value.func.value)
        return set().union(*map(_handed_on, parts))
    return set()


def _multiplies(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    return name in ("matmul", "bmm", "einsum", "baddbmm", "mm")


def _beside(target: ast.expr) -> set[str]:
    """What is bound beside the first."""
    more = target.elts[1:] if isinstance(target, ast.Tuple | ast.List) else []
    return set().union(*map(_names, more))


def _names(target: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
