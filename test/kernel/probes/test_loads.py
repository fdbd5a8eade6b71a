"""Loads: what was read, how, and what came of it."""

from __future__ import annotations

import pickle
import sys

import pytest
import torch
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.memory.host import trim


@pytest.fixture
def book(notebook, tmp_path):
    notebook.ok(
        "import io, os, pathlib, torch\nfrom torch import nn\n"
        f"path = {str(tmp_path / 'model.pt')!r}\n"
        "model = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16))\n"
        "torch.save(model.state_dict(), path)"
    )
    return notebook


STATE = 4 * (16 * 16 + 16 + 4 * 16) + 8


def test_a_state_dict(book):
    record = book.ok("\nstate = torch.load(path, map_location='cpu', mmap=True)")
    (load,) = record.loads
    assert load.path == book.namespace["path"]
    assert load.file_bytes > STATE
    assert (load.map_location, load.weights_only, load.mmap) == ("cpu", None, True)
    assert load.landed == {"cpu": STATE}
    assert (line_of(record, load.place), load.failed) == (2, False)
    assert load.duration_s > 0
    assert load.zip_format is True


def test_what_a_load_takes_of_main_memory(book):
    book.ok("torch.save({'x': torch.ones(16 << 20)}, path)")
    trim()  # else it may lie in what was freed before
    (load,) = book.ok("state = torch.load(path)").loads
    assert load.host_growth_bytes >= 0.9 * (64 << 20)
    (load,) = book.ok("mapped = torch.load(path, mmap=True)").loads
    assert load.host_growth_bytes < 16 << 20


@pytest.mark.skipif(
    not hasattr(torch.serialization, "get_unsafe_globals_in_checkpoint"),
    reason="PyTorch tells from 2.6 on",
)
def test_code_that_a_file_asks_for(book):
    book.ok("torch.save(torch.nn.Linear(2, 2).state_dict(), path)")
    (load,) = book.ok("state = torch.load(path)").loads
    assert load.needs_code is None, "PyTorch has looked"
    (load,) = book.ok("state = torch.load(path, weights_only=False)").loads
    assert load.needs_code == []
    book.ok("torch.save(torch.nn.Linear(2, 2), path)")
    (load,) = book.ok("model = torch.load(path, weights_only=False)").loads
    assert "torch.nn.modules.linear.Linear" in load.needs_code


def test_the_format_before_1_6(book):
    book.ok("torch.save({'a': torch.ones(4)}, path, _use_new_zipfile_serialization=False)")
    (load,) = book.ok("state = torch.load(path)").loads
    assert load.zip_format is False
    (load,) = book.ok("with open(path, 'rb') as file: state = torch.load(file)").loads
    assert load.zip_format is None


def test_kinds_of_files(book):
    record = book.ok(
        "a = torch.load(pathlib.Path(path))\n"
        "with open(path, 'rb') as file:\n"
        "    b = torch.load(file)\n"
        "data = open(path, 'rb')\n"
        "buffer = io.BytesIO(data.read())\n"
        "data.close()\n"
        "c = torch.load(buffer)\n"
        "d = torch.load(f=path)"
    )
    path, size = book.namespace["path"], record.loads[0].file_bytes
    assert [load.path for load in record.loads] == [path, path, None, path]
    assert [load.file_bytes for load in record.loads] == [size] * 4


def test_kinds_of_map_locations(book):
    record = book.ok(
        "def keep(storage, location):\n    return storage\n"
        "for where in (None, 'cpu', torch.device('cpu'), {'cuda:0': 'cpu'}, keep):\n"
        "    torch.load(path, where)"
    )
    assert [load.map_location for load in record.loads] == [
        None,
        "cpu",
        "cpu",
        "cuda:0: cpu",
        "keep",
    ]


def test_a_file_of_the_users_own_class_is_not_touched(book):
    book.ok(
        "asked = []\n"
        "class File(io.BytesIO):\n"
        "    @property\n"
        "    def name(self):\n"
        "        asked.append('name')\n"
        "        raise RuntimeError\n"
        "    def getbuffer(self):\n"
        "        asked.append('getbuffer')\n"
        "        raise RuntimeError\n"
        "with open(path, 'rb') as data:\n"
        "    file = File(data.read())\n"
        "asked.clear()"
    )
    (load,) = book.ok("torch.load(file)").loads
    assert (load.path, load.file_bytes, load.landed) == (None, None, {"cpu": STATE})
    assert book.namespace["asked"] == []


def test_failures_are_the_users(book):
    record = book.run("torch.load('/nowhere.pt')")
    assert isinstance(book.error, FileNotFoundError)
    assert [(load.path, load.failed, load.landed) for load in record.loads] == [
        ("/nowhere.pt", True, {})
    ]
    book.ok("class Odd:\n    pass\nwith open(path, 'wb') as f:\n    torch.save({'a': 1}, f)")
    book.run("torch.load(42)")
    assert isinstance(book.error, AttributeError)


def test_weights_only_refuses(book):
    book.ok("import fractions\ntorch.save({'x': fractions.Fraction(1, 2)}, path)")
    record = book.run("torch.load(path, weights_only=True)")
    assert isinstance(book.error, pickle.UnpicklingError)
    assert (record.loads[0].weights_only, record.loads[0].failed) == (True, True)
    record = book.ok("torch.load(path, weights_only=False)")
    assert (record.loads[0].weights_only, record.loads[0].landed) == (False, {})


def test_a_whole_module(book):
    record = book.ok("torch.save(model, path)\nagain = torch.load(path, weights_only=False)")
    assert record.loads[0].landed == {"cpu": STATE}


def test_shared_storages_land_once(book):
    record = book.ok(
        "x = torch.zeros(64, 4)\ntorch.save({'x': x, 'row': x[3], 'more': [x.T]}, path)\n"
        "again = torch.load(path)"
    )
    assert record.loads[0].landed == {"cpu": 1024}


def test_a_load_within_a_function_of_another_cell(book):
    book.ok("def restore():\n    return torch.load(path)")
    record = book.ok("x = 1\nstate = restore()")
    assert line_of(record, record.loads[0].place) == 2


def test_loads_are_bounded(book):
    assert len(book.ok("for i in range(250):\n    torch.load(path)").loads) == 200


def test_a_file_without_tensors(notebook, tmp_path):
    path = tmp_path / "number.pt"
    (entry,) = notebook.ok(
        f"import torch\ntorch.save(7, {str(path)!r})\nx = torch.load({str(path)!r})"
    ).loads
    assert (entry.landed, entry.failed) == ({}, False)


def test_dtypes(book):
    record = book.ok(
        "state = {'a': torch.ones(8), 'b': torch.ones(8).half(), 'n': torch.ones(2).int()}\n"
        "torch.save(state, path)\nstate = torch.load(path)"
    )
    assert record.loads[0].dtypes == {"float32": 32, "float16": 16, "int32": 8}


@pytest.mark.skipif(sys.platform != "linux", reason="no list of mappings")
def test_what_stays_in_the_file(book):
    book.ok("torch.save({'x': torch.ones(1 << 20), 'y': torch.ones(1 << 10)}, path)")
    (load,) = book.ok("state = torch.load(path, mmap=True)").loads
    assert load.mapped_bytes == sum(load.landed.values()) == (4 << 20) + (4 << 10)
    (load,) = book.ok("state = torch.load(path)").loads
    assert load.mapped_bytes == 0
    book.ok("torch.save(torch.ones(8), path)")
    (load,) = book.ok("state = torch.load(path, mmap=True)").loads
    assert load.mapped_bytes is None, "small files are not looked at"


def test_a_mapped_checkpoint_holds_no_memory(book):
    book.ok("torch.save({'x': torch.ones(1 << 20)}, path)\nmodel = nn.Linear(2, 2)")
    use = "\nmodel.load_state_dict(state, strict=False)"
    record = book.ok("state = torch.load(path)" + use)
    assert [each.unique_bytes for each in record.checkpoints] == [{"cpu": 4 << 20}]
    record = book.ok("state = torch.load(path, mmap=True)" + use)
    if sys.platform == "linux":
        assert [each.unique_bytes for each in record.checkpoints] == [{}]


@pytest.mark.filterwarnings("ignore:.*torch.jit")
def test_torchscript(book):
    book.ok("torch.jit.script(nn.Linear(16, 16)).save(path)")
    record = book.ok("\nscripted = torch.jit.load(path, map_location='cpu')")
    (load,) = record.loads
    assert (load.call, load.format, load.library) == ("torch.jit.load", "torchscript", None)
    assert (load.path, load.shards) == (book.namespace["path"], 1)
    assert load.landed == {"cpu": 4 * 16 * 17}
    assert load.map_location == "cpu"
    assert line_of(record, load.place) == 2


def test_an_exported_program(book):
    book.ok(
        "import torch.export\n"
        "program = torch.export.export(nn.Linear(16, 16), (torch.ones(1, 16),))\n"
        "path = path + '2'\ntorch.export.save(program, path)"
    )
    (load,) = book.ok("program = torch.export.load(path)").loads
    assert (load.call, load.format) == ("torch.export.load", "exported")
    assert (load.path, load.shards, load.zip_format) == (book.namespace["path"], 1, None)
    assert load.landed["cpu"] >= 4 * 16 * 17


@pytest.mark.filterwarnings("ignore")
def test_a_distributed_checkpoint(book, tmp_path):
    pytest.importorskip("torch.distributed.checkpoint")
    book.ok(
        f"import torch.distributed.checkpoint as dcp\nfolder = {str(tmp_path / 'dcp')!r}\n"
        "dcp.save({'model': model.state_dict()}, checkpoint_id=folder)"
    )
    for call in (
        "dcp.load(state, checkpoint_id=folder)",
        "dcp.load(state, storage_reader=dcp.FileSystemReader(folder))",
    ):
        record = book.ok(f"state = {{'model': model.state_dict()}}\n{call}")
        (load,) = record.loads
        assert (load.call, load.format) == ("torch.distributed.checkpoint.load", "distributed")
        assert (load.path, load.shards) == (book.namespace["folder"], 1)
        assert load.file_bytes >= STATE
        assert load.landed == {"cpu": STATE}
        assert line_of(record, load.place) == 2


def test_a_file_from_the_cache_of_the_hub(book, tmp_path):
    hub = str(tmp_path / "hub")
    (load,) = book.ok(
        f"state = torch.hub.load_state_dict_from_url('file://' + path, model_dir={hub!r})"
    ).loads
    assert (load.call, load.library) == ("torch.hub.load_state_dict_from_url", None)
    assert (load.path, load.format, load.shards) == (f"{hub}/model.pt", "pytorch", 1)
    assert load.landed == {"cpu": STATE}
    assert load.needs_code is None, "it is not the user's torch.load"


def test_nothing_is_done_in_a_cell_without_loads(book):
    assert book.ok("x = torch.ones(3)").loads == []
