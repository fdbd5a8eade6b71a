"""Processes that begin as copies of one that has imported PyTorch and IPython.

That import is most of what a process of its own costs. The profiler is not imported before the
copy is made. Where a copy with PyTorch in it is not safe, each process begins from nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_CAN_COPY = sys.platform == "linux"
_PATIENCE_S = 100
_SERVER = (
    f"""
PATIENCE_S = {_PATIENCE_S}
"""
    + """
import json, os, signal, sys, tempfile, traceback
import torch, torch._dynamo, torch.optim, torch.utils.data
import IPython.core.interactiveshell

def copy(code):
    status = 0
    signal.alarm(PATIENCE_S)  # ends it
    try:
        exec(compile(code, "<test>", "exec"), vars(sys.modules["__main__"]))
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

for line in sys.stdin:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            copy(json.loads(line))
        _child, status = os.waitpid(child, 0)
        output.seek(0)
        done = {"status": status, "text": output.read().decode(errors="replace")}
    print(json.dumps(done), flush=True)
"""
)


class Copies:
    """Runs code in processes of their own, one after the other. Warnings are errors there."""

    def __init__(self, server: subprocess.Popen[str] | None) -> None:
        """Without a server each process begins from nothing."""
        self._server = server

    def run(self, code: str) -> str:
        """What the code printed; AssertionError if it failed."""
        if self._server is None:
            return from_nothing(code)
        server: Any = self._server
        server.stdin.write(json.dumps(code) + "\n")
        server.stdin.flush()
        done = json.loads(server.stdout.readline())
        assert done["status"] == 0, done["text"]
        return str(done["text"])


@contextmanager
def copies() -> Iterator[Copies]:
    """Copies of one process, which ends with the block."""
    if not _CAN_COPY:
        yield Copies(None)
        return
    command = [sys.executable, "-W", "error", "-c", _SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield Copies(server)


def from_nothing(code: str) -> str:
    """What code prints in a new Python, where warnings are errors; AssertionError if it fails."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
