"""Whether a program may read gradients itself, or have them read."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from ...record import CellRecord
from ..text.code import Code, read, resolve
from ..text.program import Program
from ..text.training_ahead import is_handed
from .library_calls import loop_calls

_READS = (".grad", '"grad"', "'grad'", "grad_norm", "register_hook", "backward_hook")
_WATCHES = ("accumulate_grad_hook", ".watch(", "captum")
"""What a text has that reads gradients itself, or has them read."""
_CLIPPING = "clip_grad_norm_"
_HARMLESS = frozenset(
    {"accelerate", "copy", "diffusers", "peft", "torch", "torchinfo", "torchvision", "transformers"}
)
"""Packages that read no gradients of a module, but by names that are above."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def may_read_gradients(
    program: Program, record: CellRecord, parts: Collection[str], *, clips_others: bool = False
) -> bool:
    """Whether a text reads gradients, or gives one of these modules to code that no text shows.

    ``record``: of a run, or of what it did within a function. ``clips_others``: what is clipped
    was seen to be other gradients. A library's loop reads those of its optimizer only, and clips
    in the way that is seen.
    """
    words = (*_READS, *_WATCHES)
    files = [file.source for file in record.files]
    texts = [*(cell.source for cell in program.cells), *files]
    if clips_others:
        texts = [text.replace(_CLIPPING, "") for text in texts]
    if any(word in text for text in texts for word in words):
        return True
    codes = list(_codes([*(cell.source for cell in program.cells), record.source]))
    loops = loop_calls(program)
    defined = {
        node.name
        for code in (*codes, *_codes(files))
        for node in ast.walk(code.tree)
        if isinstance(node, _DEFINITIONS)
    }

    def known(name: str) -> bool:
        root = resolve(name, program.imports).partition(".")[0]
        is_builtin = "." not in name and hasattr(builtins, name)
        is_of_a_loop = name in loops or name.rpartition(".")[0] in loops
        return root in _HARMLESS or is_builtin or is_of_a_loop or name.rpartition(".")[2] in defined

    return any(is_handed(code.tree, parts, known) for code in codes)


def _codes(texts: Collection[str]) -> Iterator[Code]:
    return (code for code in map(read, texts) if code is not None)
