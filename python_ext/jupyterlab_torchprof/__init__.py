"""See where PyTorch tensors live and what each notebook cell costs.

``%load_ext jupyterlab_torchprof`` begins to profile the cells of a notebook; ``%torchprof?`` says
more. Importing this package imports neither PyTorch nor anything else that takes time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from IPython.core.interactiveshell import InteractiveShell

    from .plain import profile as Profile


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Begin to profile; loading twice does no harm."""
    from .extension import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Stop, and restore everything that was replaced."""
    from .extension import unload

    unload(ipython)


def profile(name: str, *, file: str | os.PathLike[str] | None = None) -> Profile:
    """Measure a part of a program in plain Python, and write it to ``NAME.torchprof.json``.

    ``with profile("train"): ...``, or ``@profile("train")`` above a function. ``file``: where the
    session goes instead.
    """
    from .plain import profile as Profile

    return Profile(name, file=file)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-torchprof"}]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from .environment import extension_version

        return extension_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
