"""Advice does not depend on how a notebook is cut up: the corpus again, packed in other ways."""

from __future__ import annotations

import pytest
from corpus import Case, cases
from corpus_checks import Score, check
from length import is_tried
from packing import PACKINGS

BEFORE = "what they held before is remembered of variables only"
BOUND = "what a later cell binds by a function's `global` is not followed"
DEEP = "it lies in an object within an object, deeper than the probes look"
MEANT = "a function that says `global` wants what it binds to stay"
SHOWN = "the packing shows another object, at another address"
FOLLOWED = "what a function or an object binds is followed through calls that are not known"
KNOWN = {
    "an_object-fires/anomaly-left-on": SHOWN,
    "an_object-fires/anomaly-left-on--a_function": SHOWN,
    "an_object-fires/loss-history-graph--objects_within_objects": DEEP,
    "an_object-fires/old-model-alive": BEFORE,
    "an_object-fires/old-model-alive--a_function_that_builds": BEFORE,
    "an_object-fires/stale-intermediates": "who else reads an object's attribute is not known",
    "an_object-fires/state-dict-kept--an_attribute": DEEP,
    "an_object-fires/no-grad-inference--samples_of_a_model_left_in_training_mode": FOLLOWED,
    "an_object-quiet/no_grad_ignored_for_the_cell": "the packing drops the comment that silences",
    "an_object-quiet/no_grad_ignored_on_its_line": "the packing drops the comment that silences",
    "functions-fires/anomaly-left-on": SHOWN,
    "functions-fires/anomaly-left-on--a_function": SHOWN,
    "functions-fires/env-cuda-mismatch": "PyTorch is imported by the cell that defines",
    "functions-fires/no-grad-inference--a_training_cell_that_reuses_the_name": BOUND,
    "functions-fires/no-grad-inference--one_forward_in_eval_mode_overwritten_elsewhere": BOUND,
    "functions-fires/no-grad-inference--samples_of_a_model_left_in_training_mode": FOLLOWED,
    "functions-fires/no-grad-inference--training_mode_but_overwritten_elsewhere": BOUND,
    "functions-fires/stale-intermediates": MEANT,
}
"""Where the advice is not the same, and why: each failed when all packings were tried."""


def packed() -> list:
    """The corpus as the packings have it, or a sample of it."""
    found = []
    for packing in PACKINGS:
        for case in cases("cpu"):
            other = packing.pack(case)
            name = f"{packing}-{case}"
            why_not = KNOWN.get(name)
            if other is None or not is_tried(name, 8):
                continue
            marks = [] if why_not is None else [differs(why_not)]
            found.append(pytest.param(other, id=name, marks=marks))
    return found


def differs(why: str) -> pytest.MarkDecorator:
    """Other advice is expected; where it is the same after all, the entry has to go."""
    return pytest.mark.xfail(reason=why, raises=AssertionError, strict=True)


PACKED = packed()


@pytest.mark.parametrize("case", PACKED)
def test_notebook(case: Case):
    check(case, "cpu", Score())


def test_what_is_known_to_differ_is_there():
    names = {f"{packing}-{case}" for packing in PACKINGS for case in cases("cpu")}
    assert names >= KNOWN.keys()
