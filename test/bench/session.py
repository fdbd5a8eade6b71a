"""What a cell costs as a session grows: thousands of trivial cells, plain and profiled.

    .venv/bin/python test/bench/session.py [--cells 5000] [--window 500]

Runs the same cells in two processes of their own, window by window in turns, so that both see
the same machine. For each window it prints the median of the processor time of a cell (of all
threads of the process; wall-clock time would count what else the machine does) and the memory of
the process. All windows should be alike: a cell late in a session costs what the first did.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

KINDS = ("plain", "profiled")
_MIB = 1 << 20


def main() -> None:
    """Run both, and print their windows side by side."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        _serve(arguments.serve == "profiled")
        return
    kernels = {kind: _start(kind) for kind in KINDS}
    print(f"{'cells':>12}" + "".join(f"{kind + ' ms':>14}{'MiB':>8}" for kind in KINDS))
    try:
        for first in range(0, arguments.cells, arguments.window):
            last = min(first + arguments.window, arguments.cells)
            row = f"{first + 1:>6}-{last:<5}"
            for kernel in kernels.values():
                window = _ask(kernel, first, last)
                row += f"{window['median_s'] * 1000:14.2f}{window['bytes'] / _MIB:8.0f}"
            print(row, flush=True)
    finally:
        for kernel in kernels.values():
            kernel.kill()
            kernel.wait()


def _start(kind: str) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, "--serve", kind]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(kernel: subprocess.Popen[str], first: int, last: int) -> dict[str, Any]:
    assert kernel.stdin is not None
    assert kernel.stdout is not None
    kernel.stdin.write(f"{first} {last}\n")
    kernel.stdin.flush()
    answer: dict[str, Any] = json.loads(kernel.stdout.readline())
    return answer


def _serve(profiled: bool) -> None:
    """Run cells as they are asked for, in a shell in this process."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    shell.run_cell("import torch; model = torch.nn.Linear(8, 8); data = torch.zeros(1000)")
    if profiled:
        from jupyterlab_torchprof.extension import load

        load(shell)
    for line in sys.stdin:
        first, last = map(int, line.split())
        costs = []
        for number in range(first, last):
            began = time.process_time()
            shell.run_cell(f"step = {number}", store_history=True, cell_id=f"cell {number}")
            costs.append(time.process_time() - began)
        answer = {"median_s": statistics.median(costs), "bytes": _resident_bytes()}
        print(json.dumps(answer), flush=True)


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        import psutil

        return int(psutil.Process().memory_info().rss)
    import resource

    return pages * resource.getpagesize()


if __name__ == "__main__":
    main()
