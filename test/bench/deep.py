"""What a deep profile costs the steps that it records, and those that it leaves alone.

    .venv/bin/python test/bench/overhead.py --deep [--rounds 5] [--repeats 2]

A cell takes the processor time of its own thread at each of its steps. The same cell runs in a
plain kernel, in one that records it in depth, and in a second plain one as the control, in turns;
ratios are those of the same steps within a round. What is read where the window ends is in one
step only, which the median leaves out: it is told by itself.
"""

from __future__ import annotations

import ast
import statistics
from dataclasses import dataclass, field

from overhead import _TORCH, KINDS, Kernel, Scenario

_RECORDED = slice(3, 7)
"""Steps of the window, from zero, after three that warm up; with the fifth it ends."""
_ENDS = 7
_STEPS = 5
_ALONE = slice(-12, None)
"""The last steps, which the window leaves alone."""
MOST_RECORDED = 1.25
MOST_ALONE = 1.01
LEAST_STEP_S = 0.01
"""Shorter steps may cost more: what an operator costs is the same for small ones."""

_LOOP = """
import time
taken = []
for step in range({steps}):
    began = time.thread_time()
    optimizer.zero_grad()
    loss = criterion(model(inputs), targets)
    loss.backward()
    optimizer.step()
    taken.append(time.thread_time() - began)
"""
_TIMED = _LOOP.format(steps=24)

SCENARIOS = (
    Scenario(
        "convolutions",
        _TORCH
        + """
parts = [[nn.Conv2d(w, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()] for w in (3, 32, 32)]
head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)]
model = nn.Sequential(*sum(parts, []), *head)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs, targets = torch.randn(8, 3, 32, 32), torch.randint(10, (8,))
criterion = nn.CrossEntropyLoss()
""",
        _TIMED,
    ),
    Scenario(
        "transformer, 6 layers",
        _TORCH
        + """
layer = nn.TransformerEncoderLayer(192, 4, batch_first=True)
model = nn.TransformerEncoder(layer, 6)
optimizer = torch.optim.AdamW(model.parameters())
inputs, targets, criterion = torch.randn(4, 64, 192), torch.randn(4, 64, 192), nn.MSELoss()
""",
        _TIMED,
    ),
    Scenario(
        "small steps",
        _TORCH
        + """
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
inputs, targets, criterion = torch.randn(64, 32), torch.randn(64, 8), nn.MSELoss()
""",
        _LOOP.format(steps=1000),
    ),
)


@dataclass
class Steps:
    """Processor seconds of a scenario's steps, a list per round, by kind of kernel."""

    taken: dict[str, list[list[float]]] = field(default_factory=lambda: {k: [] for k in KINDS})
    reading: list[float] = field(default_factory=list)
    """What was added to the step in which the window ended."""

    def ratio(self, kind: str, steps: slice) -> float:
        """Median over the rounds of the ratio to the plain kernel, of the median steps."""
        pairs = zip(self.taken[kind], self.taken["plain"], strict=True)
        return statistics.median(
            _middle(mine, steps) / _middle(plain, steps) for mine, plain in pairs
        )

    def step_s(self) -> float:
        """A plain step."""
        return statistics.median(_middle(each, _ALONE) for each in self.taken["plain"])


def _middle(taken: list[float], steps: slice) -> float:
    return statistics.median(taken[steps])


async def measure(scenario: Scenario, rounds: int, steps: Steps) -> None:
    """One repeat: three fresh kernels, ``rounds`` rounds."""
    kernels = {kind: Kernel(profiled=kind == "profiled") for kind in KINDS}
    try:
        for kernel in kernels.values():
            await kernel.start()
            await kernel.run(scenario.setup, "setup")
            await kernel.run(scenario.cell, "warm-up")
        order = list(KINDS)
        for _ in range(rounds):
            for kind in order:
                mark = "%%torchprof --deep\n" if kind == "profiled" else ""
                await kernels[kind].run(mark + scenario.cell, "cell")
                taken = ast.literal_eval(await kernels[kind].ask("taken"))
                steps.taken[kind].append(taken)
                if kind == "profiled":
                    steps.reading.append(taken[_ENDS] - _middle(taken, _RECORDED))
            order.append(order.pop(0))
        records = kernels["profiled"].recording.records()
        deep = [record.deep for record in records if record.cell_id == "cell"]
        if not all(each is not None and len(each.steps) == _STEPS for each in deep):
            raise RuntimeError("Not every cell was recorded in depth.")
    finally:
        for kernel in kernels.values():
            await kernel.stop()


async def main(rounds: int, repeats: int, only: str) -> int:
    """Measure every scenario, print one line for each; 1: one is dearer than it may be."""
    print(f"{'':24} {'step':>9} {'recorded':>9} {'alone':>7} {'reading':>9}  control: both")
    status = 0
    for scenario in SCENARIOS:
        if only not in scenario.name:
            continue
        steps = Steps()
        for _ in range(repeats):
            await measure(scenario, rounds, steps)
        found = {
            (kind, part): steps.ratio(kind, which)
            for kind in ("profiled", "control")
            for part, which in (("recorded", _RECORDED), ("alone", _ALONE))
        }
        # The control is as far from one as this machine makes equal things differ.
        noise = max(abs(found["control", part] - 1) for part in ("recorded", "alone"))
        is_long = steps.step_s() >= LEAST_STEP_S
        is_dear = is_long and (
            found["profiled", "alone"] > MOST_ALONE + noise
            or found["profiled", "recorded"] > MOST_RECORDED + noise
        )
        status = max(status, int(is_dear))
        print(
            f"{scenario.name:24} {1000 * steps.step_s():6.2f} ms"
            f" {found['profiled', 'recorded']:9.3f} {found['profiled', 'alone']:7.3f}"
            f" {1000 * statistics.median(steps.reading):6.1f} ms"
            f"  {found['control', 'recorded']:.3f} {found['control', 'alone']:.3f}"
            f"{'  too dear' if is_dear else ''}",
            flush=True,
        )
    return status
