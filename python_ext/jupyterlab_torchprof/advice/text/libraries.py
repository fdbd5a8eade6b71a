"""Which imports are of libraries, whose functions do no more than they are known for."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping

from .code import dotted, resolve

_KNOWN = frozenset(
    {"IPython", "PIL", "cv2", "einops", "ipywidgets", "matplotlib", "numpy", "pandas", "plotly"}
    | {"scipy", "seaborn", "sklearn", "skimage", "tabulate", "torch", "torchinfo", "torchvision"}
    | {"tqdm"}
)
_BUILTINS = frozenset(dir(builtins))


def is_of_library(function: ast.expr, imports: Mapping[str, str]) -> bool:
    """Whether what is called was imported from a library that keeps nothing, or is built in."""
    return is_library(resolve(dotted(function), imports))


def is_library(name: str) -> bool:
    """Whether a full name, ``numpy.array``, is of such a library, or built in: ``sorted``."""
    root, dot, _rest = name.partition(".")
    return root in _KNOWN | sys.stdlib_module_names or (not dot and root in _BUILTINS)
