"""Loading into a shell and unloading from it."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from .magics import ProfilerMagic
from .session import Profiler

_loaded: dict[InteractiveShell, tuple[Profiler, ProfilerMagic]] = {}


def load(shell: InteractiveShell) -> Profiler:
    """The shell's profiler; made and hooked in if there is none yet."""
    if shell not in _loaded:
        name = ProfilerMagic.free_name(shell)
        profiler = Profiler(shell, name)
        magic = ProfilerMagic(profiler, name)
        profiler.load()
        magic.register()
        _loaded[shell] = profiler, magic
    return _loaded[shell][0]


def unload(shell: InteractiveShell) -> None:
    """Restore the shell; harmless if nothing is loaded."""
    if shell in _loaded:
        profiler, magic = _loaded.pop(shell)
        magic.remove()
        profiler.unload()
