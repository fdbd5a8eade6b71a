"""What the profiler costs: plain kernels against profiled ones, interleaved in one run.

    .venv/bin/python test/bench/overhead.py [--rounds 20] [--repeats 3] [--deep]

Each repeat starts three kernels: a plain one, a profiled one with a front end attached, and a
second plain one as the no-change control. Each round runs the same cell once in each of them, in
an order that rotates, and the differences are taken within the round. A cell's time is what a
front end waits: from sending the request to the kernel's reply, with all the profiler's work
before, during and after the cell in it. The control's columns say what this machine's noise is:
a difference that is not larger than that is none. With ``--deep`` the steps of cells that are
recorded in depth are measured instead: see `deep.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from queue import Empty
from typing import Any

from jupyterlab_torchprof.headless.link import Link
from jupyterlab_torchprof.headless.recording import Recording
from jupyterlab_torchprof.headless.run import kernel_manager
from jupyterlab_torchprof.messages import Settings

_REPLY_S = 120.0
KINDS = ("plain", "profiled", "control")


@dataclass(frozen=True)
class Scenario:
    """A kind of cell: ``setup`` runs once in each kernel, ``cell`` is timed."""

    name: str
    setup: str
    cell: str


_TORCH = "import torch; from torch import nn; torch.set_num_threads(1); torch.manual_seed(0)\n"

_TRAINING = """
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs, targets = torch.randn(64, 32), torch.randn(64, 8)
"""
_STEPS = """
for _ in range({}):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(inputs), targets)
    loss.backward()
    optimizer.step()
"""

SCENARIOS = (
    Scenario("empty cell", "", "pass"),
    Scenario("empty cell, torch imported", _TORCH, "pass"),
    Scenario("training loop, 100 small steps", _TORCH + _TRAINING, _STEPS.format(100)),
    Scenario("training loop, 2000 small steps", _TORCH + _TRAINING, _STEPS.format(2000)),
    Scenario(
        "500 names and a large model",
        _TORCH
        + """
layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
model = nn.TransformerEncoder(layer, 24)
for index in range(300):
    globals()[f"tensor_{index}"] = torch.zeros(100)
for index in range(100):
    globals()[f"list_{index}"] = [torch.zeros(10) for _ in range(3)] + list(range(20))
for index in range(100):
    globals()[f"value_{index}"] = {"step": index, "name": str(index)}
""",
        "step = 1",
    ),
    Scenario(
        "50 forwards whose graphs are kept",
        _TORCH
        + """
layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True)
model = nn.TransformerEncoder(layer, 4).eval()
inputs = torch.randn(4, 16, 64)
""",
        "outputs = [model(inputs) for _ in range(50)]",
    ),
)


class Kernel:
    """A kernel, with the profiler and a front end attached or without."""

    def __init__(self, profiled: bool) -> None:
        """Start it with `start`."""
        self.profiled = profiled
        self.recording = Recording()
        self._manager = kernel_manager("python3")
        self._client: Any = None
        self._link: Link | None = None

    async def start(self) -> None:
        """Start the process, connect, and load the profiler where it is wanted."""
        await self._manager.start_kernel()
        self._client = self._manager.client()
        self._client.start_channels(hb=False, stdin=False)
        await self._client.wait_for_ready(timeout=_REPLY_S)
        if self.profiled:
            self._link = Link(self._manager, self.recording)
            await self._link.open(_REPLY_S, Settings(), None)

    async def run(self, code: str, cell_id: str) -> float:
        """Run a cell; seconds from the request to the reply."""
        self._client.session.metadata = {"cellId": cell_id}
        started = time.perf_counter()
        request = self._client.execute(code)
        while True:
            reply = await self._client.get_shell_msg(timeout=_REPLY_S)
            if reply["parent_header"].get("msg_id") == request:
                break
        seconds = time.perf_counter() - started
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{reply['content']['ename']}: {reply['content']['evalue']}")
        await self._quiet(request)
        return seconds

    async def ask(self, expression: str) -> str:
        """The text of an expression's value."""
        request = self._client.execute("", silent=True, user_expressions={"asked": expression})
        while True:
            reply = await self._client.get_shell_msg(timeout=_REPLY_S)
            if reply["parent_header"].get("msg_id") == request:
                break
        await self._quiet(request)
        return str(reply["content"]["user_expressions"]["asked"]["data"]["text/plain"])

    async def _quiet(self, request: str) -> None:
        """Wait until the kernel is idle, so that it does not disturb the next measurement."""
        while True:
            try:
                message = await self._client.get_iopub_msg(timeout=_REPLY_S)
            except Empty:
                raise RuntimeError("The kernel does not become idle.") from None
            if (
                message["parent_header"].get("msg_id") == request
                and message["content"].get("execution_state") == "idle"
            ):
                break
        if self._link is not None:
            await self._link.told_all(request)

    async def stop(self) -> None:
        """End the process."""
        if self._link is not None:
            await self._link.close()
        if self._client is not None:
            self._client.stop_channels()
        if self._manager.has_kernel:
            await self._manager.shutdown_kernel(now=True)


@dataclass
class Timings:
    """Seconds of one scenario, one entry per round and kind."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    accounted: list[float] = field(default_factory=list)
    """What the records say that the profiler took (``overhead_s``)."""

    def ratio(self, kind: str) -> float:
        """Median over the rounds of this kind's time to the plain kernel's."""
        pairs = zip(self.seconds[kind], self.seconds["plain"], strict=True)
        return statistics.median(mine / plain for mine, plain in pairs)

    def extra_ms(self, kind: str) -> float:
        """Median over the rounds of the difference to the plain kernel, in milliseconds."""
        pairs = zip(self.seconds[kind], self.seconds["plain"], strict=True)
        return statistics.median(mine - plain for mine, plain in pairs) * 1000

    def median_ms(self, kind: str) -> float:
        """Median time in milliseconds."""
        return statistics.median(self.seconds[kind]) * 1000


async def measure(scenario: Scenario, rounds: int, timings: Timings) -> None:
    """One repeat: three fresh kernels, ``rounds`` rounds."""
    kernels = {kind: Kernel(profiled=kind == "profiled") for kind in KINDS}
    try:
        for kernel in kernels.values():
            await kernel.start()
            if scenario.setup:
                await kernel.run(scenario.setup, "setup")
            for _ in range(3):
                await kernel.run(scenario.cell, "warm-up")
        order = list(KINDS)
        for _ in range(rounds):
            for kind in order:
                timings.seconds[kind].append(await kernels[kind].run(scenario.cell, "cell"))
            order.append(order.pop(0))
        records = kernels["profiled"].recording.records()
        measured = [record.overhead_s for record in records if record.cell_id == "cell"]
        if len(measured) != rounds:
            raise RuntimeError(f"{rounds} cells ran and {len(measured)} were profiled.")
        timings.accounted.extend(measured)
    finally:
        for kernel in kernels.values():
            await kernel.stop()


async def main(rounds: int, repeats: int, only: str) -> None:
    """Measure every scenario and print one line for each."""
    print(
        f"{'':32} {'plain':>9} {'profiled':>9} {'ratio':>7} {'ms/cell':>8} {'accounted':>10}"
        f" {'control ratio':>14} {'control ms':>11}"
    )
    for scenario in SCENARIOS:
        if only not in scenario.name:
            continue
        timings = Timings()
        for _ in range(repeats):
            await measure(scenario, rounds, timings)
        print(
            f"{scenario.name:32} {timings.median_ms('plain'):6.2f} ms"
            f" {timings.median_ms('profiled'):6.2f} ms {timings.ratio('profiled'):7.3f}"
            f" {timings.extra_ms('profiled'):+8.2f}"
            f" {statistics.median(timings.accounted) * 1000:7.2f} ms"
            f" {timings.ratio('control'):14.3f} {timings.extra_ms('control'):+11.2f}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=20, help="rounds per repeat (20)")
    parser.add_argument("--repeats", type=int, default=3, help="sets of fresh kernels (3)")
    parser.add_argument("--only", default="", help="scenarios whose name contains this")
    parser.add_argument("--deep", action="store_true", help="steps that are recorded in depth")
    options = parser.parse_args()
    os.environ.setdefault("PYTHONHASHSEED", "0")  # the same in every kernel
    if options.deep:
        from deep import main as main_deep

        sys.exit(asyncio.run(main_deep(options.rounds, options.repeats, options.only)))
    sys.exit(asyncio.run(main(options.rounds, options.repeats, options.only)))
