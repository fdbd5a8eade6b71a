"""Runs the tests of ``test/accelerator`` in processes of their own, one per device type.

The simulated accelerator changes the process that imports it, so it must not be this one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

TESTS = Path(__file__).parents[1] / "accelerator"
KINDS = ["simgpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.mark.timeout(1800)  # the whole corpus, beside other lanes; the first run compiles
@pytest.mark.parametrize("kind", KINDS)
def test_on_accelerator(kind):
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)],
        env={**os.environ, "TORCHPROF_TEST_DEVICE": kind},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        pytest.fail(f"on {kind}:\n{run.stdout}\n{run.stderr}", pytrace=False)
    assert " passed" in run.stdout
