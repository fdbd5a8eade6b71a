"""Phases of a run are those that its time went into, by what is known of its sleeps."""

from __future__ import annotations

import pytest

SETUP = """\
import time
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Slow(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x.clone()
    @staticmethod
    def backward(context, gradient):
        time.sleep(BACKWARD)
        return gradient

class Items(Dataset):
    def __len__(self):
        return 8
    def __getitem__(self, index):
        time.sleep(DATA)
        return torch.ones(4), torch.ones(1)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 1)
    def forward(self, x):
        time.sleep(FORWARD)
        return Slow.apply(self.layer(x))

class Slowly(torch.optim.SGD):
    def step(self, closure=None):
        loss = closure() if closure else None
        time.sleep(STEP)
        super().step()
        return loss

DATA, FORWARD, BACKWARD, STEP = 0.005, 0.0, 0.0, 0.0
net = Net()
opt = Slowly(net.parameters(), 0.01)
loader = DataLoader(Items(), 4)
"""
TRAIN = """\
for epoch in range(20):
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(x), y)
        loss.backward()
        opt.step()
"""
CLOSURE = """\
def again():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(torch.ones(4, 4)), torch.ones(4, 1))
    loss.backward()
    return loss
for _ in range(20):
    opt.step(again)
"""
VALIDATE = """\
loss = net(torch.ones(4, 4)).sum()
loss.backward()
with torch.no_grad():
    for _ in range(30):
        net(torch.ones(4, 4))
"""
GRADED = "for _ in range(30):\n    loss = net(torch.ones(4, 4)).sum()\nloss.backward()\n"
WITHOUT = "with torch.no_grad():\n    for _ in range(30):\n        net(torch.ones(4, 4))\n"


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


@pytest.mark.parametrize(
    ("slow", "phase"), [("FORWARD", "forward"), ("BACKWARD", "backward"), ("STEP", "optimizer")]
)
def test_what_sleeps_is_what_has_the_time(cells, slow, phase):
    record = cells.ok(f"DATA, FORWARD, BACKWARD, STEP = (0.0,) * 4\n{slow} = 0.08\n{TRAIN}")
    assert record.phases[phase] > 0.7
    assert sum(record.phases.values()) <= 1.001


def test_the_share_of_data_is_what_loaders_have_measured(cells):
    record = cells.ok("DATA, STEP = 0.012, 0.04\n" + TRAIN)
    (loader,) = record.data_loading
    share = (loader.wait_s + loader.startup_s) / record.duration_s
    assert record.phases["data"] == pytest.approx(share, abs=1e-4)
    assert record.phases["optimizer"] > 0.2


def test_the_line_of_the_loop_has_the_share_that_was_measured(cells):
    record = cells.ok("DATA, STEP = 0.012, 0.04\n" + TRAIN)
    (line,) = [one for one in record.lines if one.line == 3]
    looks = record.stack_samples
    assert line.time_share == pytest.approx(record.phases["data"], abs=2 / looks)
    assert sum(place.samples for place in record.places) <= looks


@pytest.mark.parametrize(("slow", "phase"), [("FORWARD", "forward"), ("BACKWARD", "backward")])
def test_what_an_optimizer_is_given_to_call_is_no_part_of_it(cells, slow, phase):
    record = cells.ok(f"DATA, FORWARD, BACKWARD, STEP = (0.0,) * 4\n{slow} = 0.15\n{CLOSURE}")
    assert record.phases[phase] > 0.7
    assert record.phases.get("optimizer", 0) < 0.2


def test_forwards_without_gradients_beside_training_are_evaluation(cells):
    record = cells.ok("FORWARD = 0.09\n" + VALIDATE)
    assert record.phases["evaluation"] > 0.7
    assert record.phases.get("forward", 0) < 0.2


@pytest.mark.parametrize("code", [GRADED, WITHOUT], ids=["graded", "nothing_trained"])
def test_other_forwards_are_none(cells, code):
    record = cells.ok("FORWARD = 0.09\n" + code)
    assert record.phases["forward"] > 0.7
    assert "evaluation" not in record.phases


def test_saving(cells):
    record = cells.ok(
        "class Heavy:\n    def __reduce__(self):\n        time.sleep(0.08)\n"
        "        return list, ()\n"
        "import os, tempfile\nFORWARD = 0.08\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    for _ in range(20):\n        net(torch.ones(4, 4))\n"
        "        torch.save(Heavy(), os.path.join(folder, 'net.pt'))\n"
    )
    assert record.phases["saving"] > 0.25
    assert record.phases["forward"] > 0.25


@pytest.mark.parametrize(
    "code",
    [
        "for _ in range(40):\n    time.sleep(0.05)\n",
        "DATA = 0.1\nfor x, y in DataLoader(Items(), 4):\n    pass\n",
        "FORWARD = 0.01\nopt.zero_grad(); net(torch.ones(4, 4)).sum().backward(); opt.step()\n",
    ],
    ids=["nothing", "data_only", "short"],
)
def test_runs_that_do_not_compute_or_are_short_have_none(cells, code):
    assert cells.ok(code).phases == {}


def test_random_numbers_stay_those_of_the_program(cells):
    cells.ok("import random\nrandom.seed(7)\ntime.sleep(0.3)\ndrawn = random.random()")
    cells.ok("random.seed(7)\nassert random.random() == drawn")
