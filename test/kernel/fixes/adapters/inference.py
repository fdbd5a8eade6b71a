"""Adapters of the fixes for inference: they find the place in the source themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jupyterlab_torchprof.advice.inference.inference_mode import guard_of
from jupyterlab_torchprof.advice.text.code import Call, read
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.grad_mode import infer
from jupyterlab_torchprof.fixes.modes import evaluate_around, train_above
from jupyterlab_torchprof.fixes.wrap import Wrapped, wrap_no_grad
from jupyterlab_torchprof.record import TextEdit

NAMES = ("model", "x", "loader", "flag")
MODELS = ("model", "net", "modèle", "lab.model")


def calls(source: str) -> list[Call]:
    code = read(source)
    if code is None:
        raise CannotFix("The cell could not be parsed.")
    return code.calls


def last_line(source: str, *methods: str) -> int:
    return max((call.line for call in calls(source) if call.method in methods), default=0)


def uses(source: str) -> list[tuple[int, str]]:
    """Lines that call a model or pass it to a function, with its name."""
    found = []
    for call in calls(source):
        passed = {getattr(argument, "id", None) for argument in call.node.args}
        found += [(call.line, name) for name in MODELS if call.name == name or name in passed]
    return found


def missing_eval(source: str, *, restore: bool = False) -> Sequence[TextEdit]:
    trained = last_line(source, "backward", "step")
    restore = restore or trained > 0
    for line, name in uses(source):
        if line > trained:
            return evaluate_around(
                source, line, name, apart_from=trained, restore=restore, cell_id="cell"
            ).edits
    raise CannotFix("There is no forward.")


def eval_mode_training(source: str) -> Sequence[TextEdit]:
    evaluated = last_line(source, "eval")
    for line, name in uses(source):
        return train_above(source, line, name, apart_from=evaluated, cell_id="cell").edits
    raise CannotFix("There is no forward.")


def inference_mode(source: str) -> Sequence[TextEdit]:
    code = read(source)
    for line, _name in uses(source):
        guard = guard_of(source, line, code.imports if code is not None else {})
        if guard is not None:
            return infer(source, guard.place, cell_id="cell").edits
    raise CannotFix("There is no block of no_grad around a forward.")


def forward_lines(source: str) -> list[int]:
    """The lines that say so in a comment, and those of magics, which cannot have one."""
    return [
        number
        for number, line in enumerate(source.split("\n"), 1)
        if "# forward" in line or ("%time" in line and "model(" in line)
    ]


def wrapped(
    source: str, *, lines: Sequence[int] | None = None, torch_name: str | None = "torch"
) -> Wrapped:
    return wrap_no_grad(
        source,
        forward_lines(source) if lines is None else lines,
        cell_id="cell",
        torch_name=torch_name,
        taken=NAMES,
    )


def no_grad_inference(source: str, **options: Any) -> Sequence[TextEdit]:
    return wrapped(source, **options).fix.edits


ADAPTERS: dict[str, Callable[..., Sequence[TextEdit]]] = {
    "no-grad-inference": no_grad_inference,
    "missing-eval": missing_eval,
    "eval-mode-training": eval_mode_training,
    "inference-mode": inference_mode,
}
