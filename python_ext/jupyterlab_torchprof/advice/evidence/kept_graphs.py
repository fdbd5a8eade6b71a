"""Why nobody uses graphs that variables keep after a run.

A backward in a later cell could still use such a graph, so eval mode alone is no proof. It is known
at once only if each line ran at least two forwards in eval mode (a pass over data, not a step that
is tried out) and no scalar is among the results, unless graphs of the same line were seen freed
unused. Otherwise it takes until the variable and all that was computed from it is rebound or
deleted, or, in eval mode, until two other cells have run, without a backward in between. When the
same cell runs again, what became of its last run counts for an eval-mode model.

Two proofs need no patience, and hold in training mode and for losses as well. A graph that is still
whole after a step of its own model has outlived it (`outlived`), be it in the same run or in a
later one. And one that cells have left whole that trained something else stays unused unless a
text names its variable: such a proof says so, and who gives it must know all texts.

A model that is ready, since it was trained or loaded, is used like one in eval mode by a loop of
forwards whose results other cells read and none trains with, as the samples of a diffusion model
that was left in training mode. Whoever gives that proof must know all texts, too.

A later cell that trains through the graph (a backward in a cell that mentions the variable, or that
frees its graph) refutes this, for all runs of the cell. A training cell that leaves the graph
untouched refutes nothing: its record still finds the graph whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...record import CellRecord, PlacedModule, RetainedGraph
from ...words import code_list, count_of
from .forwards import LineForwards, keepers, trained_until
from .functions.view import FunctionView
from .lifetime import Course, Fate, holds_scalar
from .outlived import has_outlived, models_of
from .readiness import is_ready
from .runs import Runs, own_carriers, place_of
from .trainers import trained_classes

_PATIENCE = 2
"""Other cells that may run before a result of an eval-mode model counts as a mere result."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why nobody uses the graphs."""

    sentence: str
    unless_named: bool = False
    """It holds only as long as no text to come names the variables."""
    looked_at: frozenset[str] = frozenset()
    """It holds only if cells read these variables, and none asks for a graph of them."""


def why_unused(
    runs: Runs, sources: Sequence[LineForwards], held: Sequence[RetainedGraph]
) -> Proof | None:
    """The proof, ``None`` if somebody may use them; ``sources``: lines that recorded them."""
    evaluating = not any(entry.training for entry in sources)
    elsewhere = _is_trained_elsewhere(runs.record, sources)
    outlived = all(has_outlived(runs.record, runs.all, entry) for entry in sources)
    answered = (evaluating or elsewhere or outlived) and all(entry.graphs for entry in sources)
    # The unseen part of a graph may have other leaves; the measured forwards answer for it.
    if any(entry.truncated for entry in held) and not answered:
        return None
    if outlived:
        return Proof("The model was trained on by other lines, and these graphs are still whole.")
    course = runs.course(_models(runs, sources))
    if course.fate is Fate.UNUSED:
        were = f"{code_list(keepers(held))} {'was' if len(held) == 1 else 'were'}"
        return Proof(f"{were} rebound or deleted before any backward ran.")
    if course.outlived:
        return Proof("The model was trained on in another cell, and the graphs are still whole.")
    if not evaluating and elsewhere:
        return Proof(
            "The graphs of earlier calls were freed unused, and training uses other lines."
        )
    discards = all("dropped" in entry.fates() for entry in sources)
    scalar = holds_scalar(runs.record, own_carriers(runs.record, held))
    if scalar and not discards:
        return None
    sentence = _in_evaluation(runs, sources, course) if evaluating else None
    if sentence is not None:
        return Proof(f"The model is in eval mode, and {sentence}.")
    if course.witnesses and not course.waits:
        others = count_of(len(course.witnesses), "other cell")
        return Proof(f"{others} trained since then, and the graphs are still whole.", True)
    return _of_a_ready_model(runs, sources, held)


def _of_a_ready_model(
    runs: Runs, sources: Sequence[LineForwards], held: Sequence[RetainedGraph]
) -> Proof | None:
    """Loops of forwards of models that were trained or loaded, in a cell that trains nothing."""
    record = runs.record
    if isinstance(record, FunctionView) or trained_until(record) != 0:
        return None
    if any(entry.calls < 2 for entry in sources):
        return None
    before = runs.all[: place_of(record, runs.all)]
    models = _models(runs, sources)
    if not models or not all(is_ready(model, before) for model in models):
        return None
    names = own_carriers(record, held)
    if holds_scalar(record, names):
        return None
    return Proof(
        "The model was trained or loaded before, its results were read, and no cell asks for "
        "gradients of them.",
        looked_at=frozenset(names),
    )


def _in_evaluation(runs: Runs, sources: Sequence[LineForwards], course: Course) -> str | None:
    """What speaks against a backward through results of models in eval mode."""
    if all(entry.calls >= 2 for entry in sources):
        return "no backward followed its forwards"
    if runs.had_no_use():
        return "nobody used the graph of the cell's earlier run"
    if len(course.bystanders) >= _PATIENCE:
        return f"{len(course.bystanders)} other cells have run without a backward"
    return None


def _models(runs: Runs, sources: Sequence[LineForwards]) -> list[PlacedModule]:
    """The models of all lines; empty if one is not known."""
    models = [models_of(runs.record, runs.all, entry) for entry in sources]
    return [each for some in models for each in some] if all(models) else []


def _is_trained_elsewhere(record: CellRecord, sources: Sequence[LineForwards]) -> bool:
    """Whether lines of a function drop what they record, and the run trains the models elsewhere.

    Then a result that is still there is the last of many, and not one that waits for a backward.
    """
    if not isinstance(record, FunctionView) or record.run.grad is None:
        return False
    trained = trained_classes(record.run)
    return all(
        entry.fates() == {"dropped"} and trained.issuperset(entry.modules) for entry in sources
    )
