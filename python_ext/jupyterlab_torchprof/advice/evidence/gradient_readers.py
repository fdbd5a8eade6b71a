"""Whether a program may read gradients itself, or have them read."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from ...record import CellRecord
from ..text.code import Code, read, resolve
from ..text.program import Program
from ..text.sites import mentions
from ..text.training_ahead import is_handed

_READS = (".grad", '"grad"', "'grad'", "grad_norm", "register_hook", "backward_hook")
_WATCHES = ("accumulate_grad_hook", ".watch(", "captum")
"""What a text has that reads gradients itself, or has them read."""
_HARMLESS = frozenset({"torch", "copy"})
"""Packages that read no gradients of a module, but by names that are above."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def may_read_gradients(program: Program, record: CellRecord, parts: Collection[str]) -> bool:
    """Whether a text reads gradients, or gives one of these modules to code that no text shows.

    ``record``: of a run, or of what it did within a function.
    """
    words = (*_READS, *_WATCHES)
    files = [file.source for file in record.files]
    if mentions(program, *words) or any(word in text for text in files for word in words):
        return True
    codes = list(_codes([*(cell.source for cell in program.cells), record.source]))
    defined = {
        node.name
        for code in (*codes, *_codes(files))
        for node in ast.walk(code.tree)
        if isinstance(node, _DEFINITIONS)
    }

    def known(name: str) -> bool:
        root = resolve(name, program.imports).partition(".")[0]
        is_builtin = "." not in name and hasattr(builtins, name)
        return root in _HARMLESS or is_builtin or name.rpartition(".")[2] in defined

    return any(is_handed(code.tree, parts, known) for code in codes)


def _codes(texts: Collection[str]) -> Iterator[Code]:
    return (code for code in map(read, texts) if code is not None)
