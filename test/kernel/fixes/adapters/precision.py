"""Fixes of number formats, on cells of their own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from jupyterlab_torchprof.advice.precision.clipping import clip_names
from jupyterlab_torchprof.advice.precision.deprecated import OLD
from jupyterlab_torchprof.advice.precision.scaling import uses_of
from jupyterlab_torchprof.advice.precision.training import forward_and_loss, hindrance
from jupyterlab_torchprof.advice.text.code import read
from jupyterlab_torchprof.advice.text.loops import canonical_loop
from jupyterlab_torchprof.fixes.amp_names import Use, rename_amp
from jupyterlab_torchprof.fixes.autocast import (
    Training,
    infer_in_autocast,
    name_dtype,
    train_in_autocast,
)
from jupyterlab_torchprof.fixes.rewrite import CannotFix
from jupyterlab_torchprof.fixes.scaler import drop_scaler, unscale_above
from jupyterlab_torchprof.fixes.settings import set_below_import
from jupyterlab_torchprof.record import TextEdit

from adapters.training import only, program_of


def _rename(source: str) -> Sequence[TextEdit]:
    sites = program_of(source).calls(*OLD)
    return rename_amp({None: source}, [Use(None, site.call.place) for site in sites]).edits


def _train(source: str) -> Sequence[TextEdit]:
    program = program_of(source)
    site = only(program.methods("backward"))
    loop, code = canonical_loop(site), read(source)
    if loop is None or code is None or "autocast" in source:
        raise CannotFix("The loop is no plain one.")
    bf16 = "volta" not in source
    reason = hindrance(program, site.record, loop, bf16=bf16)
    if reason is not None:
        raise CannotFix(reason)
    parts = forward_and_loss(code, loop, "model")
    if parts is None:
        raise CannotFix("The loop does not call the model.")
    training = Training(*parts, loop.backward.place, loop.step.place, code.place(loop.node))
    return train_in_autocast(
        source,
        training,
        device="cuda",
        bf16=bf16,
        torch_name="torch",
        cell_id=None,
    ).edits


def _infer(source: str) -> Sequence[TextEdit]:
    code = read(source)
    for node in ast.walk(code.tree) if code is not None else ():
        if isinstance(node, ast.With) and code is not None:
            place = code.place(node)
            return infer_in_autocast(
                source, place, device="cuda", torch_name="torch", cell_id=None
            ).edits
    raise CannotFix("There is no block.")


def _dtype(source: str) -> Sequence[TextEdit]:
    site = only(program_of(source).calls("torch.autocast", "torch.amp.autocast"))
    if "bfloat16" in source:
        raise CannotFix("There is nothing to change.")
    return name_dtype(source, site.call.place, torch_name="torch", cell_id=None).edits


def _scaler(source: str) -> Sequence[TextEdit]:
    uses = uses_of(program_of(source), "scaler")
    if uses is None:
        raise CannotFix("The scaler is used in other ways.")
    sites = [*uses.scale, *uses.step, *uses.others]
    calls = [(None, site.call.method, site.call.place) for site in sites]
    return drop_scaler({None: source}, calls).edits


def _unscale(source: str) -> Sequence[TextEdit]:
    clip = only(program_of(source).calls("torch.nn.utils.clip_grad_norm_"))
    names = clip_names(clip)
    if names is None:
        raise CannotFix("There are several steps.")
    return unscale_above(source, clip.call.place, *names, cell_id=None).edits


def _tf32(source: str) -> Sequence[TextEdit]:
    setting = 'set_float32_matmul_precision("high")'
    return set_below_import(source, setting, "Allow TF32", cell_id=None).edits


ADAPTERS: dict[str, Callable[[str], Sequence[TextEdit]]] = {
    "amp-training": _train,
    "autocast-inference": _infer,
    "bf16-over-fp16": _dtype,
    "deprecated-cuda-amp": _rename,
    "scaler-with-bf16": _scaler,
    "tf32-matmul": _tf32,
    "unscale-before-clip": _unscale,
}
