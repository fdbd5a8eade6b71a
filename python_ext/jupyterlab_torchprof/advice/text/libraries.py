"""Which imports are of libraries, whose functions do no more than they are known for."""

from __future__ import annotations

import builtins
import sys

_KNOWN = frozenset(
    {"IPython", "PIL", "cv2", "einops", "ipywidgets", "matplotlib", "numpy", "pandas", "plotly"}
    | {"scipy", "seaborn", "sklearn", "skimage", "tabulate", "torch", "torchinfo", "torchvision"}
    | {"tqdm"}
    | sys.stdlib_module_names
)
_BUILTINS = frozenset(dir(builtins))


def is_library(name: str) -> bool:
    """Whether a full name, ``numpy.array``, is of such a library, or built in: ``sorted``."""
    root, dot, _rest = name.partition(".")
    return root in _KNOWN or (not dot and root in _BUILTINS)
