"""What measuring ranks costs: starts of two processes with the profiler and without, in turn.

    PYTHONPATH=python_ext:test .venv/bin/python test/bench/ranks.py [--rounds 9] [--method fork]

Each process trains under DistributedDataParallel over gloo and says how long a step took, by its
processor time, and when its function began. So there are two numbers, each beside a no-change
control: the cost of a step, and how much later the function begins than without us.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from conftest import Notebook

_WARM = 50
_STEPS = 500


def train(rank: int, folder: str, started: float) -> None:
    """Two ranks; writes what it measured beside the store."""
    began = time.time() - started
    torch.set_num_threads(1)
    store = Path(folder, "store")
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(256, 256))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    inputs = torch.randn(64, 256)
    cpu = 0.0
    for step in range(_WARM + _STEPS):
        if step == _WARM:
            cpu = time.thread_time()
        optimizer.zero_grad()
        model(inputs).square().mean().backward()
        optimizer.step()
    result = {"began": began, "step": (time.thread_time() - cpu) / _STEPS}
    Path(folder, f"{rank}.json").write_text(json.dumps(result))
    dist.destroy_process_group()


def once(notebook: Notebook, method: str) -> dict[str, float]:
    """One start; means of both ranks."""
    with tempfile.TemporaryDirectory() as folder:
        notebook.namespace.update(
            train=train, mp=mp, arguments=(folder, time.time()), method=method
        )
        notebook.ok("mp.start_processes(train, arguments, nprocs=2, start_method=method)")
        ranks = [json.loads(Path(folder, f"{rank}.json").read_text()) for rank in range(2)]
    return {key: statistics.mean(rank[key] for rank in ranks) for key in ranks[0]}


def main() -> None:
    """Measure, and print medians of differences within rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--method", default="fork", choices=("fork", "spawn"))
    options = parser.parse_args()
    times: dict[str, list[dict[str, float]]] = {"plain": [], "profiled": [], "control": []}
    for _ in range(options.rounds):
        for kind, taken in times.items():
            notebook = Notebook()
            if kind != "profiled":
                notebook.measurement.close()
            taken.append(once(notebook, options.method))
            notebook.close()
    for key, unit, scale in (("began", "ms", 1e3), ("step", "µs", 1e6)):
        print(f"{key}: plain {_median(times['plain'], key) * scale:.1f} {unit}")
        for kind in ("profiled", "control"):
            pairs = zip(times[kind], times["plain"], strict=True)
            print(f"  {kind}: {_difference(pairs, key) * scale:+.1f} {unit}")


def _median(taken: list[dict[str, float]], key: str) -> float:
    return statistics.median(each[key] for each in taken)


def _difference(pairs: Any, key: str) -> float:
    return statistics.median(one[key] - other[key] for one, other in pairs)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
