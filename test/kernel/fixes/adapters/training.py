"""Fixes of the training loop on cells of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jupyterlab_torchprof.advice.text.code import Call, Place, read
from jupyterlab_torchprof.advice.text.loops import canonical_loop
from jupyterlab_torchprof.advice.text.program import Program, Site
from jupyterlab_torchprof.advice.training.clocks import readings
from jupyterlab_torchprof.advice.training.debugging import turns_on
from jupyterlab_torchprof.advice.training.losses import softmax_losses
from jupyterlab_torchprof.advice.training.misspelt import assignments
from jupyterlab_torchprof.advice.training.order import steps_below, steps_of_run
from jupyterlab_torchprof.advice.training.retained import retains
from jupyterlab_torchprof.advice.training.unscaled import interval, is_scaled
from jupyterlab_torchprof.advice.training.zeros import is_gradient, keeps_zeros
from jupyterlab_torchprof.fixes.accumulate import accumulate
from jupyterlab_torchprof.fixes.freeze import freeze_above
from jupyterlab_torchprof.fixes.optimizer import adam_to_adamw, add_option
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.switches import call_requires_grad, spell_requires_grad, turn_off
from jupyterlab_torchprof.fixes.training_loop import (
    clear_by_none,
    drop_arguments,
    scale_loss,
    step_after,
    step_below,
    synchronise_before,
    unfold_softmax,
    write_argument,
    zero_before,
)
from jupyterlab_torchprof.record import CellRecord, TextEdit
from jupyterlab_torchprof.source import source_hash

_NOTHING = "There is nothing to change."


def program_of(source: str) -> Program:
    """A session of this cell alone."""
    record = CellRecord(
        run_id="run",
        cell_id=None,
        execution_count=1,
        source=source,
        source_hash=source_hash(source),
        started_at=0.0,
        duration_s=0.0,
        status="ok",
    )
    return Program(record, [record])


def _methods(source: str, *names: str) -> Iterator[Site]:
    return program_of(source).methods(*names)


def only(sites: Sequence[Site] | Iterator[Site]) -> Site:
    """The only one."""
    found = list(sites)
    if len(found) != 1:
        raise CannotFix(_NOTHING)
    return found[0]


def _places(calls: Sequence[Call]) -> list[Place]:
    if not calls:
        raise CannotFix(_NOTHING)
    return [call.place for call in calls]


def _adamw(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    site = only(program.calls("torch.optim.Adam"))
    fix = adam_to_adamw(
        source, site.call.place, imports=program.imports, torch_name="torch", cell_id=None
    )
    return fix.edits


def _fused(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.optim.Adam", "torch.optim.SGD"))
    return add_option(source, site.call.place, "fused", "True", cell_id=None).edits


def _set_to_none(source: str) -> Sequence[TextEdit]:
    calls = [site.call for site in _methods(source, "zero_grad") if keeps_zeros(site.call)]
    if calls:
        return drop_arguments(source, _places(calls), "set_to_none", safe=False, cell_id=None).edits
    calls = [site.call for site in _methods(source, "zero_") if is_gradient(site.call)]
    return clear_by_none(source, _places(calls), cell_id=None).edits


def _zero_before(source: str) -> Sequence[TextEdit]:
    backward = only(_methods(source, "backward"))
    step = only(_methods(source, "step"))
    return zero_before(source, backward.call.place, step.call.receiver, cell_id=None).edits


def _step_after(source: str) -> Sequence[TextEdit]:
    backward = only(_methods(source, "backward"))
    zero = only(_methods(source, "zero_grad"))
    return step_after(source, backward.call.place, zero.call.receiver, cell_id=None).edits


def _freeze(source: str) -> Sequence[TextEdit]:
    step = only(_methods(source, "step"))
    parts = ["model.stem", "model.layers"] if "model" in source else ["backbone"]
    return freeze_above(source, step.call.line, parts, cell_id=None).edits


def _step_below(source: str) -> Sequence[TextEdit]:
    schedulers, steps = steps_of_run(program_of(source))
    scheduler = only(schedulers)
    others = steps_below(scheduler, steps)
    place = others[0].call.place if others else None
    fix = step_below(source, scheduler.call.place, place, cell_id=None)
    return fix.edits


def _retain(source: str) -> Sequence[TextEdit]:
    site = only([each for each in _methods(source, "backward") if retains(each.call)])
    return drop_arguments(source, [site.call.place], "retain_graph", safe=True, cell_id=None).edits


def _anomaly(source: str) -> Sequence[TextEdit]:
    found = program_of(source).calls("torch.autograd.set_detect_anomaly")
    site = only([each for each in found if turns_on(each.call)])
    return turn_off(source, site.call.place, cell_id=None).edits


def _reentrant(source: str) -> Sequence[TextEdit]:
    sites = program_of(source).calls("torch.utils.checkpoint.checkpoint")
    calls = [site.call for site in sites if "use_reentrant" not in site.call.keywords]
    return write_argument(source, _places(calls), "use_reentrant", "False", cell_id=None).edits


def _typo(source: str) -> Sequence[TextEdit]:
    record = program_of(source).record
    paths = ["model.encoder.requires_grad", "model.fc.weight.require_grad"]
    found = list(assignments(record, paths, {"model", "model.encoder", "model.fc"}))
    if len(found) != 1:
        raise CannotFix(_NOTHING)
    change = call_requires_grad if found[0].of_module else spell_requires_grad
    return change(source, found[0].place, cell_id=None).edits


def _softmax(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    site = only(softmax_losses(program))
    modules = tuple(program.imports)
    return unfold_softmax(source, site.call.place, cell_id=None, modules=modules).edits


def _scale(source: str) -> Sequence[TextEdit]:
    site = only(_methods(source, "backward"))
    divisor = interval(site.call, _methods(source, "step"))
    if divisor is None or is_scaled(site):
        raise CannotFix(_NOTHING)
    return scale_loss(source, site.call.place, divisor, cell_id=None).edits


def _timing(source: str) -> Sequence[TextEdit]:
    code = read(source)
    pairs = list(readings(code, program_of(source))) if code is not None else []
    if not pairs or "synchronize" in source:
        raise CannotFix(_NOTHING)
    places = [call.place for call in pairs[0]]
    return synchronise_before(source, places, "torch.cuda.synchronize()", cell_id=None).edits


def _accumulate(source: str) -> Sequence[TextEdit]:
    site = only(_methods(source, "backward"))
    loop = canonical_loop(site)
    if loop is None or not loop.steps_at_once:
        raise CannotFix("The loop is no plain one.")
    loaders = list(program_of(source).calls("torch.utils.data.DataLoader"))
    batch = (source, loaders[0].call.place) if loaders else None
    return accumulate(source, loop, 4, batch=batch, cell_ids=(None, None)).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "accumulation-unscaled": _scale,
    "adam-weight-decay": _adamw,
    "anomaly-left-on": _anomaly,
    "fused-optimizer": _fused,
    "grad-accumulation": _accumulate,
    "gradients-without-optimizer": _freeze,
    "missing-zero-grad": _zero_before,
    "optimizer-never-steps": _step_after,
    "requires-grad-typo": _typo,
    "retain-graph": _retain,
    "scheduler-before-optimizer": _step_below,
    "softmax-into-ce": _softmax,
    "timing-without-sync": _timing,
    "use-reentrant": _reentrant,
    "zero-grad-set-to-none": _set_to_none,
}
