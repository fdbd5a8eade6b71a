"""Tests that need an accelerator. They run in a process of their own, see
``test/kernel/test_on_accelerator.py``; by hand: ``.venv/bin/pytest test/accelerator``.

``TORCHPROF_TEST_DEVICE`` names the device type: ``simgpu`` (the default, simulated, two devices)
or ``cuda``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from corpus import forget_error
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import unload

KIND = os.environ.get("TORCHPROF_TEST_DEVICE", "simgpu")
MIB = 1 << 20

if KIND == "simgpu":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    try:
        import simgpu
    except RuntimeError as problem:
        pytest.exit(f"No simulated accelerator: {problem}", returncode=3)
    assert simgpu.__file__
    # Notebooks that fill a device write to all of its memory, and the host's pages cost time.
    CAPACITY = 512 * MIB
    torch.simgpu.set_capacity(CAPACITY)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks that fork come before all tests: see `corpus.cases`."""
    items.sort(key=lambda item: not _forks(item))


def _forks(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return getattr(parameters and parameters.params.get("case"), "forks", False)


@pytest.fixture
def device(notebook) -> str:
    """The first device; ``device`` in the notebook, too."""
    name = f"{KIND}:0"
    notebook.ok(f"import torch\nfrom torch import nn\ndevice = {name!r}\n")
    torch.empty(1, device=name)  # CUDA initialises itself with the first tensor
    return name


@pytest.fixture
def second_device(device) -> str:
    """Another device."""
    if torch.accelerator.device_count() < 2:
        pytest.skip("there is one device only; the simulated accelerator has two")
    return f"{KIND}:1"


@pytest.fixture
def closed() -> Callable[[InteractiveShell], None]:
    """Ends a shell and the profiler in it, and lets go of the last error and its frames."""

    def close(shell: InteractiveShell) -> None:
        shell.reset()
        unload(shell)
        # IPython is kept by what it does at exit.
        shell.InteractiveTB.tb = shell.last_execution_result = None
        forget_error()

    return close


@pytest.fixture
def capacity(device) -> Iterator[Callable[[int], None]]:
    """Sets how much of the device may be used in all."""

    def limit(nbytes: int) -> None:
        torch.accelerator.empty_cache()  # what is reserved already may be used in any case
        if KIND == "simgpu":
            torch.simgpu.set_capacity(nbytes)
        else:
            total = torch.accelerator.get_memory_info(0)[1]
            torch.cuda.set_per_process_memory_fraction(nbytes / total)

    yield limit
    if KIND == "simgpu":
        torch.simgpu.set_capacity(CAPACITY)
    else:
        torch.cuda.set_per_process_memory_fraction(1.0)
