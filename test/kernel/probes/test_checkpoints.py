"""Which variables still hold a checkpoint, and where it went."""

from __future__ import annotations

import gc
import weakref

import pytest
from jupyterlab_torchprof.derive import line_of

NBYTES = 4 * (256 * 256 + 256)


@pytest.fixture
def book(notebook, tmp_path):
    notebook.ok(
        "import torch\nfrom torch import nn\n"
        f"path = {str(tmp_path / 'model.pt')!r}\n"
        "model = nn.Sequential(nn.Linear(256, 256))\n"
        "torch.save({'epoch': 3, 'model': model.state_dict()}, path)\n"
        "state = model.state_dict()"
    )
    return notebook


def found(record):
    return [(c.variable, c.unique_bytes, c.loaded_into) for c in record.checkpoints]


def lines(record):
    (entry,) = record.checkpoints
    return line_of(record, entry.place), line_of(record, entry.loaded_place)


def test_a_checkpoint_that_stays(book):
    record = book.ok("\nckpt = torch.load(path)\nmodel.load_state_dict(ckpt['model'])")
    assert found(record) == [("ckpt", {"cpu": NBYTES}, "model")]
    assert lines(record) == (2, 3)
    record = book.ok("pass")
    assert found(record) == [("ckpt", {"cpu": NBYTES}, "model")]
    assert lines(record) == (None, None)
    assert book.ok("del ckpt").checkpoints == []


def test_loaded_later_and_into_a_part(book):
    assert found(book.ok("ckpt = torch.load(path)")) == [("ckpt", {"cpu": NBYTES}, None)]
    record = book.ok("net = nn.Sequential(model)\nnet[0].load_state_dict(ckpt['model'])")
    assert found(record) == [("ckpt", {"cpu": NBYTES}, "model")]
    record = book.ok("del model\nnet[0].load_state_dict(ckpt['model'])")
    assert found(record) == [("ckpt", {"cpu": NBYTES}, "Sequential")]
    assert lines(record)[1] == 2


def test_a_model_of_an_object_is_named_by_the_way_to_it(book):
    book.ok("class Trainer: pass\ntrainer = Trainer()\ntrainer.model = model\ndel model")
    record = book.ok("ckpt = torch.load(path)\ntrainer.model.load_state_dict(ckpt['model'])")
    assert found(record) == [("ckpt", {"cpu": NBYTES}, "trainer.model")]


def test_attributes_of_objects(book):
    book.ok("class Run:\n    __slots__ = ('ckpt', '_own')\nrun = Run()\nmodel.extra = {}")
    record = book.ok(
        "run.ckpt = run._own = torch.load(path)\nmodel.load_state_dict(run.ckpt['model'])"
    )
    assert found(record) == [("run.ckpt", {"cpu": NBYTES}, "model")]
    assert book.ok("del run.ckpt").checkpoints == []


def test_parts_and_renamed_keys(book):
    record = book.ok(
        "state = torch.load(path)['model']\n"
        "renamed = {'0.' + k: v for k, v in state.items()}\n"
        "net = nn.Sequential(model)\n"
        "net.load_state_dict(renamed)"
    )
    assert found(record) == [("state", {"cpu": NBYTES}, "net"), ("renamed", {"cpu": NBYTES}, "net")]


def test_assigned_storages_are_the_modules(book):
    record = book.ok("ckpt = torch.load(path)\nmodel.load_state_dict(ckpt['model'], assign=True)")
    assert found(record) == [("ckpt", {}, "model")]


def test_emptied_below(book):
    book.ok("ckpt = torch.load(path)\nmodel.load_state_dict(ckpt['model'])")
    assert book.ok("del ckpt['model']['0.weight']").checkpoints[0].unique_bytes == {"cpu": 1024}
    assert book.ok("ckpt['model'].clear()").checkpoints == []


def test_what_is_no_checkpoint(book):
    record = book.ok(
        "other = {'x': torch.zeros(256)}\nmodel.load_state_dict(state)\n"
        "model.load_state_dict(torch.load(path)['model'])"
    )
    assert record.checkpoints == []


def test_a_failing_load_is_the_users(book):
    record = book.run("ckpt = torch.load(path)\nmodel.load_state_dict(ckpt)")
    assert isinstance(book.error, RuntimeError)
    assert found(record) == [("ckpt", {"cpu": NBYTES}, None)]


def test_nothing_is_kept_alive(book):
    book.ok("ckpt = torch.load(path)\nmodel.load_state_dict(ckpt['model'])")
    tensor = weakref.ref(book.namespace["ckpt"]["model"]["0.weight"])
    module = weakref.ref(book.namespace["model"])
    book.ok("del ckpt, model")
    book.last_run = None
    gc.collect()
    assert tensor() is None
    assert module() is None
