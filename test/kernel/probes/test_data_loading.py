"""Loaders are counted as batches go by, and run as they would without."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref

import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.probes.hooks import root_calls
from jupyterlab_torchprof.source import source_hash

SETUP = """\
import torch
from torch.utils.data import DataLoader, TensorDataset, Dataset, IterableDataset

data = TensorDataset(torch.randn(40, 8), torch.arange(40))
loader = DataLoader(data, batch_size=8)
"""


@pytest.fixture
def cells(notebook):
    notebook.ok(SETUP)
    return notebook


def test_a_loop(cells):
    record = cells.ok("for epoch in range(2):\n    for x, y in loader:\n        pass\n")
    (entry,) = record.data_loading
    assert entry.variable == "loader"
    assert entry.dataset == "TensorDataset"
    assert not entry.dataset_in_notebook
    assert (entry.workers, entry.batch_size, entry.start_method) == (0, 8, None)
    assert (entry.iterators, entry.batches, line_of(record, entry.place)) == (2, 10, 2)
    assert entry.batch_bytes == 8 * 8 * 4 + 8 * 8
    assert (entry.batch_devices, entry.batch_pinned) == (["cpu"], False)
    assert 0 < entry.first_wait_s < entry.wait_s <= entry.loop_s <= record.duration_s
    assert 0 <= entry.wait_p50_s <= entry.wait_p95_s


def test_cells_without_a_loader(cells):
    assert cells.ok("x = 1").data_loading == []
    assert cells.ok("iterator = iter(loader)").data_loading[0].batches == 0
    assert cells.ok("next(iterator)").data_loading == [], "a pass of another cell is not counted"


def test_waiting_and_working_are_told_apart(cells):
    record = cells.ok(
        "import time\n"
        "class Slow(Dataset):\n"
        "    def __len__(self):\n"
        "        return 6\n"
        "    def __getitem__(self, index):\n"
        "        time.sleep(0.01)\n"
        "        return torch.zeros(4)\n"
        "for x in DataLoader(Slow(), batch_size=2):\n"
        "    time.sleep(0.03)\n"
    )
    (entry,) = record.data_loading
    assert entry.variable is None, "no variable holds it"
    assert entry.dataset_in_notebook
    assert 0.055 < entry.wait_s < entry.loop_s
    assert entry.loop_s - entry.wait_s > 0.055, "the work between batches"
    assert entry.wait_cpu_s < entry.wait_s / 2, "it slept"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cores are shared by the test")
def test_waiting_for_a_core_is_told_from_making_batches(cells):
    """One core for the loop and three other programs."""
    source = (
        "import time\n"
        "class Busy(Dataset):\n"
        "    def __len__(self):\n"
        "        return 6\n"
        "    def __getitem__(self, index):\n"
        "        end = time.thread_time() + 0.02\n"
        "        while time.thread_time() < end: pass\n"
        "        return torch.zeros(4)\n"
        "for x in DataLoader(Busy(), batch_size=2): pass\n"
    )
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
    try:
        (entry,) = cells.ok(source).data_loading
    finally:
        for other in others:
            other.kill()
            other.wait()
        os.sched_setaffinity(0, cores)
    if entry.wait_delay_s is None:
        pytest.skip("the kernel does not tell")
    assert entry.wait_delay_s > entry.wait_cpu_s, "three of four turns are the others'"
    assert entry.wait_cpu_s + entry.wait_delay_s <= entry.wait_s * 1.05


def test_several_loaders_at_once_and_a_break(cells):
    record = cells.ok(
        "other = DataLoader(data, batch_size=4, shuffle=True)\n"
        "for (x, _), (y, _) in zip(loader, other):\n"
        "    break\n"
        "for x in loader:\n"
        "    for y in other:\n"
        "        break\n"
    )
    by_name = {entry.variable: entry for entry in record.data_loading}
    assert (by_name["loader"].iterators, by_name["loader"].batches) == (2, 6)
    assert (by_name["other"].iterators, by_name["other"].batches) == (6, 6)


def test_loaders_that_come_and_go(cells):
    record = cells.ok(
        "def go_through(loader):\n    for batch in loader:\n        pass\n"
        "for _ in range(4):\n    go_through(DataLoader(data, batch_size=8))\n"
    )
    (entry,) = record.data_loading
    assert (entry.loaders, entry.iterators, entry.batches) == (4, 4, 20)
    assert entry.variable is None
    assert entry.loop_s >= entry.wait_s > 0


def test_the_last_of_those_that_come_and_go_has_the_name(cells):
    record = cells.ok(
        "for epoch in range(3):\n"
        "    fresh = DataLoader(data, batch_size=8)\n"
        "    for batch in fresh: ...\n"
    )
    (entry,) = record.data_loading
    assert (entry.variable, entry.loaders, entry.batches) == ("fresh", 3, 15)


@pytest.mark.parametrize(
    "loader",
    [
        "DataLoader(TensorDataset(torch.ones(8, 2)), batch_size=4)",
        "DataLoader(data, batch_size=8 + turn)",
        "DataLoader(data, batch_size=8, shuffle=turn == 1)",
        "DataLoader(data, batch_size=8, drop_last=turn == 1)",
        "DataLoader(list(range(8)), batch_size=4)",
    ],
    ids=["dataset", "size", "sampler", "rest", "unknown"],
)
def test_loaders_of_other_data_or_settings_are_of_other_kinds(cells, loader):
    record = cells.ok(f"for turn in range(2):\n    for batch in {loader}: ...\n")
    assert [entry.loaders for entry in record.data_loading] == [1, 1]


def test_loaders_of_other_places_are_of_other_kinds(cells):
    record = cells.ok("for x in DataLoader(data): ...\nfor x in DataLoader(data): ...\n")
    assert [entry.loaders for entry in record.data_loading] == [1, 1]


def test_loaders_with_names_of_their_own_are_told_each(cells):
    record = cells.ok(
        "folds = [DataLoader(data, batch_size=8) for _ in range(3)]\n"
        "for fold in folds:\n    for x in fold: ...\n"
        "del fold\n"
    )
    assert [entry.variable for entry in record.data_loading] == [f"folds[{i}]" for i in range(3)]


def test_more_loaders_than_are_told_are_counted_if_they_are_of_one_kind(cells):
    record = cells.ok("for _ in range(50):\n    for x in DataLoader(data, batch_size=20): ...\n")
    assert [(one.loaders, one.batches) for one in record.data_loading] == [(50, 100)]


TRAINING = """\
net = torch.nn.Linear(8, 1)
opt = torch.optim.SGD(net.parameters(), 0.01)
def train(loader):
    for x, _ in loader:
        opt.zero_grad()
        net(x).sum().backward()
        opt.step()
def go_through(loader):
    for x, _ in loader:
        with torch.no_grad():
            net(x)
"""


def test_what_batches_were_for(cells):
    cells.ok(TRAINING)
    record = cells.ok(
        "held = DataLoader(data, batch_size=8)\n"
        "for epoch in range(2):\n    train(loader)\n    go_through(held)\n"
    )
    roles = {entry.variable: entry.role for entry in record.data_loading}
    assert roles == {"loader": "training", "held": "evaluation"}


def test_an_evaluation_within_training_is_one(cells):
    cells.ok(TRAINING)
    record = cells.ok(
        "for x, _ in loader:\n"
        "    opt.zero_grad(); net(x).sum().backward(); opt.step()\n"
        "    go_through(DataLoader(data, batch_size=4))\n"
    )
    facts = [(entry.role, entry.loaders) for entry in record.data_loading]
    assert facts == [("training", 1), ("evaluation", 5)]


@pytest.mark.parametrize(
    "code",
    [
        "go_through(loader)",
        "for x, _ in loader: ...\nnet(x).sum().backward()",
        "go_through(loader)\ntrain(DataLoader(data))",
        "for x, _ in loader: net(x)\nnet(x).sum().backward()",
    ],
    ids=["nothing_trained", "nothing_done", "features_before", "graded"],
)
def test_what_is_not_proved_has_no_role(cells, code):
    cells.ok(TRAINING)
    record = cells.ok(code)
    assert record.data_loading[0].role is None


def test_a_distillation_is_no_evaluation(cells):
    cells.ok(TRAINING)
    cells.ok("other = torch.nn.Linear(8, 1)")
    record = cells.ok(
        "train(DataLoader(data))\n"
        "for x, _ in loader:\n"
        "    with torch.no_grad():\n        y = other(x)\n"
        "    (net(x) - y).sum().backward()\n"
    )
    assert record.data_loading[-1].role != "evaluation"


def test_an_error_in_the_dataset_is_the_users(cells):
    cells.run(
        "class Broken(Dataset):\n"
        "    def __len__(self):\n"
        "        return 4\n"
        "    def __getitem__(self, index):\n"
        "        raise KeyError(index)\n"
        "for x in DataLoader(Broken()):\n"
        "    pass\n"
    )
    assert isinstance(cells.error, KeyError)


def test_iterable_datasets_and_no_batches(cells):
    record = cells.ok(
        "class Stream(IterableDataset):\n"
        "    def __iter__(self):\n"
        "        yield from range(5)\n"
        "for x in DataLoader(Stream(), batch_size=None):\n"
        "    pass\n"
    )
    (entry,) = record.data_loading
    assert (entry.batches, entry.batch_size, entry.batch_bytes) == (5, None, 0)


@pytest.mark.parametrize("persistent", [False, True])
def test_workers(cells, persistent):
    record = cells.ok(
        f"pool = DataLoader(data, batch_size=20, num_workers=1, persistent_workers={persistent})\n"
        "for epoch in range(2):\n"
        "    for x, y in pool:\n"
        "        pass\n"
        "del x, y\n"
    )
    (entry,) = record.data_loading
    assert (entry.workers, entry.persistent_workers, entry.iterators, entry.batches) == (
        1,
        persistent,
        2,
        4,
    )
    assert entry.prefetch_factor == 2
    assert entry.start_method in ("fork", "forkserver", "spawn")
    assert entry.startup_s > 0
    cells.ok("del pool")


def test_nothing_is_kept_and_all_is_restored(cells):
    from torch.utils.data import dataloader

    cells.ok("for x, y in loader:\n    pass")
    held = weakref.ref(cells.namespace["loader"])
    cells.ok("del loader, x, y")
    gc.collect()
    assert held() is None
    wrapped = dataloader.DataLoader.__iter__
    cells.close()
    assert dataloader.DataLoader.__iter__ is not wrapped
    assert not hasattr(dataloader.DataLoader.__iter__, "__wrapped__")


def test_what_spawned_workers_could_not_import(cells):
    record = cells.ok(
        "from torch.utils.data import random_split\n"
        "class Own(Dataset):\n"
        "    def __len__(self):\n"
        "        return 4\n"
        "    def __getitem__(self, index):\n"
        "        return index\n"
        "def collate(items):\n"
        "    return torch.tensor(items)\n"
        "split, _ = random_split(Own(), [2, 2])\n"
        "part, _ = random_split(data, [20, 20])\n"
        "data.transforms = [torch.relu]\n"
        "loaders = [\n"
        "    DataLoader(split), DataLoader(part), DataLoader(range(4), collate_fn=collate)\n"
        "]\n"
        "for each in loaders:\n"
        "    next(iter(each))\n"
    )
    facts = [(entry.dataset, entry.dataset_in_notebook) for entry in record.data_loading]
    assert facts == [("Subset", True), ("Subset", False), ("range", True)]


def test_iterable_datasets(cells):
    record = cells.ok(
        "class Stream(IterableDataset):\n"
        "    def __iter__(self):\n"
        "        return iter(range(4))\n"
        "for batch in DataLoader(Stream()):\n"
        "    pass\n"
        "for batch in loader:\n"
        "    pass\n"
    )
    assert [entry.iterable for entry in record.data_loading] == [True, False]


def test_loaders_in_objects_and_containers(cells):
    record = cells.ok(
        "class Trainer:\n"
        "    def __init__(self):\n"
        "        self.loader = DataLoader(data, batch_size=8)\n"
        "    def fit(self):\n"
        "        for x, y in self.loader: ...\n"
        "trainer = Trainer()\n"
        'parts = {"train": DataLoader(data), "valid": (DataLoader(data),)}\n'
        'for one in (parts["train"], parts["valid"][0], DataLoader(data)):\n'
        "    for x, y in one: ...\n"
        "del one\n"
        "trainer.fit()\n"
    )
    assert [entry.variable for entry in record.data_loading] == [
        'parts["train"]',
        'parts["valid"][0]',
        None,
        "trainer.loader",
    ]
    assert [entry.made.line for entry in record.data_loading] == [7, 7, 8, 3]


def test_where_a_loader_was_made(cells):
    making = "def make(**more):\n    return DataLoader(\n        data, **more)\n"
    cells.ok(making)
    made = cells.ok("other = make(batch_size=4)")
    record = cells.ok(
        "import copy\nfor one in (other, copy.copy(other)):\n    for x, y in one: ..."
    )
    entry, copied = record.data_loading
    assert entry.made.run_id == made.run_id
    assert (entry.made.source_hash, entry.made.line) == (source_hash(making), 2)
    assert copied.made is None
    with pytest.raises(ValueError, match="batch_size"):
        cells.namespace["make"](batch_size=-1)


def test_what_quick_loops_are_for_is_seen_as_well(notebook, monkeypatch):
    # Nothing is due again within the cell, as in one that takes some milliseconds.
    monkeypatch.setattr(root_calls, "_PERIOD_S", 1e9)
    notebook.ok("import torch\nfrom torch.utils.data import DataLoader")
    # The first step of a process imports much.
    notebook.ok("torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), 0.1).step()")
    record = notebook.ok(
        "data, held = torch.ones(48, 4), torch.ones(16, 4)\n"
        "net = torch.nn.Linear(4, 1)\n"
        "opt = torch.optim.SGD(net.parameters(), 0.1)\n"
        "for _ in range(3):\n"
        "    for x in DataLoader(data, batch_size=2):\n"
        "        net(x).sum().backward()\n"
        "        opt.step()\n"
        "    with torch.no_grad():\n"
        "        for x in DataLoader(held, batch_size=2):\n"
        "            net(x)\n"
    )
    assert {entry.role for entry in record.data_loading} == {"training", "evaluation"}


@pytest.mark.parametrize(
    ("options", "is_whole"),
    [
        ("batch_size=8", True),
        ("batch_size=8, shuffle=True", True),
        ("batch_size=8, sampler=DistributedSampler(data, 2, 0)", False),
        ("batch_sampler=[[0, 1], [2, 3]]", False),
        ("batch_size=8, sampler=range(8)", False),
        ("batch_size=None", False),
    ],
)
def test_whether_a_loader_goes_through_the_whole_dataset(cells, options, is_whole):
    record = cells.ok(
        "from torch.utils.data import DistributedSampler\n"
        f"for x, y in DataLoader(data, {options}): pass"
    )
    assert [each.is_whole for each in record.data_loading] == [is_whole]


def test_batches_are_compared_in_ranks_only(cells):
    record = cells.ok("for x, y in loader:\n    pass\n")
    assert record.data_loading[0].first_batches == []
