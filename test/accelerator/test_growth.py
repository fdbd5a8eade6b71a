"""The peak of a step with other sizes, computed from one run, against runs with those sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load
from jupyterlab_torchprof.record import (
    DeepCheckpoint,
    DeepMemory,
    DeepMoment,
    DeepPart,
    DeepProfile,
)

_CNN = """\
net = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
    nn.Flatten(), nn.Linear(512, 10),
).to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 3, 32, 32).to(device)
    y = torch.randint(0, 10, ({batch},)).to(device)
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
_TRANSFORMER = """\
class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, d = x.shape
        qkv = self.qkv(self.before(x)).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-1, -2) / 8).softmax(-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(b, t, d))
        return x + self.down(nn.functional.gelu(self.up(self.between(x))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(300, 96), nn.Embedding(128, 96)
        self.blocks = nn.Sequential(Block(96, 4), Block(96, 4))
        self.head = nn.Linear(96, 300)

    def forward(self, i):
        positions = torch.arange(i.shape[1], device=i.device)
        return self.head(self.blocks(self.tokens(i) + self.positions(positions)))


net = Net().to(device)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
for _ in range(9):
    i = torch.randint(0, 300, ({batch}, {length})).to(device)
    out = net(i)
    loss = nn.functional.cross_entropy(out.view(-1, 300), i.view(-1))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
_CONTRAST = """\
net = nn.Linear(20, 64).to(device)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 20).to(device)
    z = net(x)
    loss = nn.functional.cross_entropy(z @ z.T, torch.arange({batch}).to(device))
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
_BLOCKS = _TRANSFORMER.replace(
    "        return self.head(self.blocks(self.tokens(i) + self.positions(positions)))\n",
    "        x = self.tokens(i) + self.positions(positions)\n"
    "        for block in self.blocks:\n"
    "            x = block(x)\n"
    "        return self.head(x)\n",
).replace("Block(96, 4), Block(96, 4)", "*(Block(96, 4) for _ in range(4))")
_ZEROED = _BLOCKS.replace(" optimizer.zero_grad();", "").replace(
    "    i = torch", "    optimizer.zero_grad()\n    i = torch"
)
_LAYERS = """\
layer = nn.TransformerEncoderLayer(64, 4, 128, dropout={dropout}, batch_first=True)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers, self.head = nn.TransformerEncoder(layer, 4).layers, nn.Linear(64, 8)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)


net = Net().to(device)
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 32, 64).to(device)
    loss = net(x).square().mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
_STAGES = """\
def stage(old, new):
    return nn.Sequential(
        nn.Conv2d(old, new, 3, padding=1, bias=False), nn.BatchNorm2d(new), nn.ReLU(),
        nn.Conv2d(new, new, 3, padding=1, bias=False), nn.BatchNorm2d(new), nn.ReLU(),
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([stage(3, 16), stage(16, 16), stage(16, 16)])
        self.head = nn.Linear(16, 8)

    def forward(self, x):
        for part in self.stages:
            x = part(x)
        return self.head(x.mean((2, 3)))


net = Net().to(device)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 3, 24, 24).to(device)
    loss = net(x).square().mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
"""
_SKIPPING = """\
def stage(old, new):
    return nn.Sequential(nn.Conv2d(old, new, 3, padding=1), nn.GroupNorm(4, new), nn.ReLU(True))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.middle, self.up = stage(4, 16), stage(16, 16), stage(32, 16)

    def forward(self, x):
        def call(part, x):
            return part(x)

        first = call(self.down, x)
        inner = call(self.middle, nn.functional.avg_pool2d(first, 2))
        inner = nn.functional.interpolate(inner, scale_factor=2)
        return call(self.up, torch.cat([inner, first], 1))


net = Net().to(device)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 4, 24, 24).to(device)
    optimizer.zero_grad()
    loss = net(x).square().mean()
    loss.backward(); optimizer.step()
"""
_AGAIN = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.Sequential(nn.Linear(16, 64), nn.GELU(), nn.Linear(64, 16))

    def forward(self, x):
        for _ in range(4):
            x = x + self.cell(x)
        return x


net = Net().to(device)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for _ in range(9):
    x = torch.randn({batch}, 300, 16).to(device)
    optimizer.zero_grad()
    loss = net(x).square().mean()
    loss.backward(); optimizer.step()
"""
_ACCUMULATED = _AGAIN.replace(
    "    x = torch.randn({batch}, 300, 16).to(device)\n    optimizer.zero_grad()\n",
    "    optimizer.zero_grad()\n"
    "    for part in range(2):\n"
    "        x = torch.randn({batch}, 300, 16).to(device)\n"
    "        (net(x).square().mean() / 2).backward()\n"
    "    x = torch.randn({batch}, 300, 16).to(device)\n",
)
_CLEAR = "net = optimizer = x = y = i = z = out = loss = None\nimport gc\n_ = gc.collect()"


@pytest.fixture
def cells(device, closed) -> Iterator[tuple[Callable[..., DeepProfile], Callable[..., int]]]:
    """Runs a program, and tells its deep profile, or the peak that the device itself counts."""
    shell = InteractiveShell()
    profiler = load(shell)

    def run(source: str) -> None:
        shell.run_cell(source, store_history=True).raise_error()

    def deep(program: str, **sizes: int) -> DeepProfile:
        run(_CLEAR)
        run("%%torchprof --deep --steps 3\n" + program.format(**sizes))
        assert profiler.health.entries() == []
        return profiler.history.last().deep

    def measured(program: str, **sizes: int) -> int:
        run(_CLEAR)
        torch.accelerator.reset_peak_memory_stats()
        run(program.format(**sizes))
        return torch.accelerator.max_memory_allocated()

    run(f"import torch\nfrom torch import nn\ndevice = {device!r}")
    yield deep, measured
    closed(shell)


def of_device(profile: DeepProfile, device: str) -> DeepMemory:
    """Its memory."""
    return next(each for each in profile.memory if each.device == device)


def predicted(
    memory: DeepMemory | DeepCheckpoint, batch: float, length: float = 1
) -> tuple[float, float]:
    """Least and most bytes at the peak, where sizes are so many times as large."""
    least = most = 0.0
    for moment in memory.moments:
        grown = [_grown(part, batch, length) for part in moment.parts]
        least = max(least, sum(min(each) for each in grown))
        most = max(most, sum(max(each) for each in grown))
    return least, most


def _grown(part: DeepPart, batch: float, length: float) -> tuple[float, float]:
    most_batch = part.batch if part.most_batch is None else part.most_batch
    most_length = part.length if part.most_length is None else part.most_length
    return (
        part.held_bytes * batch**part.batch * length**part.length,
        part.held_bytes * batch**most_batch * length**most_length,
    )


def predicted_least(way: DeepCheckpoint, batch: float) -> float:
    """The same of calls that are checkpointed, the least."""
    return max(sum(min(_grown(part, batch, 1)) for part in each.parts) for each in way.least)


def _of_category(moment: DeepMoment, category: str) -> int:
    return sum(part.held_bytes for part in moment.parts if part.category == category)


def assert_near(predicted: tuple[float, float], measured: int) -> None:
    least, most = predicted
    assert measured * 0.95 < least <= most < measured * 1.05


def test_the_peak_of_a_cnn_with_other_batch_sizes(cells, device):
    deep, measured = cells
    profile = deep(_CNN, batch=24)
    assert (profile.batch_size, profile.sequence_length) == (24, None)
    memory = of_device(profile, device)
    for batch in (24, 4, 100):
        assert_near(predicted(memory, batch / 24), measured(_CNN, batch=batch))
    peak = memory.moments[0]
    parameters = 16 * 28 + 32 * (16 * 9 + 1) + 513 * 10 + 4 * 48  # running statistics, too
    assert _of_category(peak, "parameters") >= 4 * parameters
    assert _of_category(peak, "optimizer") >= 1.9 * 4 * parameters
    assert peak.phase == "backward"


def test_the_peak_of_a_transformer_with_other_batches_and_lengths(cells, device):
    deep, measured = cells
    profile = deep(_TRANSFORMER, batch=12, length=40)
    assert (profile.batch_size, profile.sequence_length) == (12, 40)
    memory = of_device(profile, device)
    for batch, length in ((12, 40), (5, 40), (30, 40), (12, 100), (6, 20)):
        assert_near(
            predicted(memory, batch / 12, length / 40),
            measured(_TRANSFORMER, batch=batch, length=length),
        )
    assert any(part.length == 2 for part in memory.moments[0].parts), "attention's weights"


def test_what_compares_all_samples_with_each_other_grows_with_their_square(cells, device):
    deep, measured = cells
    memory = of_device(deep(_CONTRAST, batch=100), device)
    assert any(part.batch == 2 for part in memory.moments[0].parts)
    for batch in (50, 300):
        assert_near(predicted(memory, batch / 100), measured(_CONTRAST, batch=batch))


def test_where_the_batch_is_as_large_as_a_layer_it_cannot_be_told(cells, device):
    deep, measured = cells
    memory = of_device(deep(_CONTRAST, batch=64), device)
    least, most = predicted(memory, 4)
    assert least < measured(_CONTRAST, batch=256) * 1.05 < most * 1.1
    assert most > 1.5 * least


def test_a_device_tells_what_stood_at_its_peak_in_all(cells, device):
    deep, measured = cells
    memory = of_device(deep(_CNN, batch=24), device)
    whole = sum(part.held_bytes for part in memory.moments[0].parts)
    assert whole == pytest.approx(measured(_CNN, batch=24), rel=0.001)
    assert memory.peak_bytes <= whole, "blocks that a variable has let go of are not held"


def with_checkpoints(program: str, call: str) -> str:
    """With a call of modules checkpointed."""
    called = f"checkpoint({call.replace('(', ', ')[:-1]}, use_reentrant=False)"
    return "from torch.utils.checkpoint import checkpoint\n" + program.replace(call, called)


@pytest.mark.parametrize(
    ("program", "call", "sizes"),
    [
        (_LAYERS, "layer(x)", {"dropout": 0.1}),
        (_LAYERS, "layer(x)", {"dropout": 0.0}),
        (_STAGES, "part(x)", {}),
        (_BLOCKS, "block(x)", {"length": 40}),
        (_ZEROED, "block(x)", {"length": 40}),
        (_SKIPPING, "part(x)", {}),
        (_AGAIN, "self.cell(x)", {}),
        (_ACCUMULATED, "self.cell(x)", {}),
    ],
    ids=[
        "dropout",
        "layers",
        "stages",
        "blocks",
        "no gradients in forwards",
        "skips",
        "again",
        "accumulated",
    ],
)
def test_the_peak_with_checkpointing(cells, device, program, call, sizes):
    deep, measured = cells
    memory = of_device(deep(program, batch=20, **sizes), device)
    way = memory.checkpoints[0]
    assert len(way.modules) <= way.calls and way.calls in (3, 4, 12)
    assert 0 < way.again_s < 0.5
    for batch in (20, 60):
        was = measured(program, batch=batch, **sizes)
        now = measured(with_checkpoints(program, call), batch=batch, **sizes)
        least, most = predicted_least(way, batch / 20), predicted(way, batch / 20)[1]
        assert now < 0.8 * was
        assert 0.95 * now < least < 1.05 * now
        assert least <= most < 1.15 * now


@pytest.mark.parametrize("reentrant", ["False", "True"])
def test_what_is_checkpointed_already_is_left_alone(cells, device, reentrant):
    deep, _measured = cells
    program = with_checkpoints(_STAGES, "part(x)").replace("=False)", f"={reentrant})")
    program = program.replace("24, 24).to(device)", "24, 24).to(device).requires_grad_()")
    assert of_device(deep(program, batch=20), device).checkpoints == []
