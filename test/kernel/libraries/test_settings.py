"""What libraries call what rules advise: held to their own signatures, and tried."""

from __future__ import annotations

import ast
import inspect
from typing import NamedTuple, get_args

import pytest
from jupyterlab_torchprof.advice.text.settings import (
    ACCELERATE,
    DIFFUSERS,
    LIBRARIES,
    LIGHTNING,
    SKORCH,
    TRANSFORMERS,
)
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.fixes.apply import apply_edits

pytestmark = pytest.mark.filterwarnings("ignore")

CONSTRUCTORS = [
    (library, package, name)
    for library in LIBRARIES
    for package in sorted(library.packages)
    for name in sorted(library.constructors)
]
LOOPS = [
    (library, package, name)
    for library in LIBRARIES
    for package in sorted(library.packages)
    for name in sorted(library.loops)
]


def class_of(package, name):
    """A class of a library; the test is skipped where one of the two is not there."""
    if name.startswith("*"):
        pytest.skip("a pattern, tried below")
    module = pytest.importorskip(package, exc_type=ImportError)
    if not hasattr(module, name):
        pytest.skip(f"{package} has no {name}")
    return getattr(module, name)


def label(value):
    return value if isinstance(value, str) else value.constructor


@pytest.mark.parametrize(("library", "package", "name"), CONSTRUCTORS, ids=label)
class TestConstructors:
    def test_they_take_the_arguments(self, library, package, name):
        known = inspect.signature(class_of(package, name)).parameters
        if library is not SKORCH:
            wanted = {each.name for each in library.arguments.values()}
            assert wanted - known.keys() == set()

    def test_none_of_them_is_among_the_first(self, library, package, name):
        known = inspect.signature(class_of(package, name)).parameters
        first = [
            each.name
            for each in list(known.values())[: library.positional]
            if each.kind is not inspect.Parameter.KEYWORD_ONLY
        ]
        assert not {each.name for each in library.arguments.values()} & set(first)

    def test_defaults_are_what_the_table_says(self, library, package, name):
        known = inspect.signature(class_of(package, name)).parameters
        for each in library.arguments.values():
            if each.default is not None:
                assert known[each.name].default == each.default


@pytest.mark.parametrize(("library", "package", "name"), LOOPS, ids=label)
def test_loops_take_the_settings_by_that_name(library, package, name):
    known = list(inspect.signature(class_of(package, name)).parameters)
    if library.passed_as is not None:
        assert library.passed_as in known
    if name in ("Trainer", "Seq2SeqTrainer") and library.passed_at is not None:
        assert known.index(library.passed_as) == library.passed_at


def test_skorch_hands_them_on():
    """By the prefix of an argument of its own, to the loader or the optimizer."""
    skorch = pytest.importorskip("skorch")
    import torch

    own = inspect.signature(skorch.NeuralNet).parameters
    takers = {
        "iterator_train": torch.utils.data.DataLoader,
        "iterator_valid": torch.utils.data.DataLoader,
        "optimizer": torch.optim.Adam,
    }
    for each in SKORCH.arguments.values():
        for name in filter(None, (each.name, each.evaluating)):
            prefix, _, rest = name.partition("__")
            assert prefix in own
            assert not rest or rest in inspect.signature(takers[prefix]).parameters


def value_of(library, setting):
    return ast.literal_eval(library.arguments[setting].value)


def test_formats_of_lightning_are_known():
    fabric = pytest.importorskip("lightning.fabric.connector")
    known = get_args(fabric._PRECISION_INPUT_STR)
    assert {value_of(LIGHTNING, each) for each in ("bfloat16", "float16")} <= set(known)


def test_formats_of_accelerate_are_known():
    pytest.importorskip("accelerate")
    from accelerate.utils import PrecisionType

    known = PrecisionType.list()
    assert {value_of(ACCELERATE, each) for each in ("bfloat16", "float16")} <= set(known)


def test_optimizers_of_transformers_are_known():
    arguments = pytest.importorskip("transformers.training_args")
    assert value_of(TRANSFORMERS, "fused") in {each.value for each in arguments.OptimizerNames}


def test_pipelines_take_a_type():
    diffusers = pytest.importorskip("diffusers")
    text = inspect.getsource(diffusers.DiffusionPipeline.from_pretrained)
    for each in DIFFUSERS.arguments.values():
        assert f'kwargs.pop("{each.name}"' in text


# --- the slips themselves -----------------------------------------------------------------

DATA = """\
import time
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Slow(Dataset):
    pause = 0.006
    def __init__(self, size=256):
        self.x, self.y = torch.randn(size, 20), torch.randint(0, 2, (size,))
    def __len__(self):
        return len(self.x)
    def __getitem__(self, i):
        time.sleep(self.pause)
        return self.x[i], self.y[i]
"""
TRAINER_DATA = """
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

class Words(Slow):
    def __getitem__(self, i):
        time.sleep(self.pause)
        return {"input_ids": torch.arange(8), "labels": self.y[i]}

model = BertForSequenceClassification(BertConfig(
    vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
    intermediate_size=32, num_labels=2,
))
"""
TRAINER = """\
args = TrainingArguments(
    folder, num_train_epochs=1, per_device_train_batch_size=16, save_strategy="no",
    report_to=[], use_cpu=True, disable_tqdm=True,
)
"""
TRAIN = "trainer = Trainer(model=model, args=args, train_dataset=Words())\ntrainer.train()\n"
SKORCH_DATA = """
import numpy
from skorch import NeuralNetClassifier

class Rows(Slow):
    def __init__(self, X, y=None):
        super().__init__(len(X))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(20, 2)
    def forward(self, x):
        return torch.softmax(self.layer(x), -1)

X = numpy.zeros((256, 20), dtype="float32")
"""
NET = """\
net = NeuralNetClassifier(
    Net, max_epochs=1, verbose=0, dataset=Rows, batch_size=16, train_split=None
)
"""
NET_FIT = "net.fit(X, numpy.zeros(256, dtype='int64'))\n"


class Book:
    """Runs cells in a shell."""

    def __init__(self, shell, profiler):
        self.shell, self.profiler = shell, profiler

    def run(self, cell_id, source):
        result = self.shell.run_cell(source, store_history=True, cell_id=cell_id)
        assert result.success, result.error_in_exec or result.error_before_exec
        return self.profiler.history.last()


@pytest.fixture
def book(shell, tmp_path):
    profiler = load(shell)
    shell.user_ns["folder"] = str(tmp_path)
    yield Book(shell, profiler)
    shell.reset()
    unload(shell)
    assert not profiler.health.entries()


def waiting(record):
    found = [each for each in record.advice if each.rule == "dataloader-workers-zero"]
    return found[0] if found else None


class Slip(NamedTuple):
    """A notebook whose loop waits for a loader that a library has made."""

    package: str
    data: str
    make: str
    train: str
    argument: str
    constructor: str


SLIPS = [
    Slip(
        "transformers",
        DATA + TRAINER_DATA,
        TRAINER,
        TRAIN,
        "dataloader_num_workers",
        "TrainingArguments",
    ),
    Slip(
        "skorch",
        DATA + SKORCH_DATA,
        NET,
        NET_FIT,
        "iterator_train__num_workers",
        "NeuralNetClassifier",
    ),
]


@pytest.mark.parametrize("slip", SLIPS, ids=[each.package for each in SLIPS])
class TestWorkers:
    def test_are_asked_for_where_the_user_constructs_it(self, book, slip):
        pytest.importorskip(slip.package)
        book.run("data", slip.data)
        book.run("make", slip.make)
        record = book.run("train", slip.train)
        assert [each.workers for each in record.data_loading] == [0]
        advice = waiting(record)
        assert f"`{slip.argument}=" in advice.explanation
        assert f"in `{slip.constructor}`" in advice.explanation
        assert (advice.code_cell_id, advice.lines) == ("make", [1])
        fixed = apply_edits(slip.make, advice.fix.edits)
        assert f"{slip.argument}=" in fixed
        book.run("make", fixed)
        record = book.run("train", slip.train)
        assert record.data_loading[0].workers > 0
        assert waiting(record) is None

    def test_silent_where_batches_come_at_once(self, book, slip):
        pytest.importorskip(slip.package)
        book.run("data", slip.data.replace("0.006", "0"))
        book.run("make", slip.make)
        assert waiting(book.run("train", slip.train)) is None


LIGHTNING_CELL = """
import lightning as L

class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(20, 2)
    def training_step(self, batch, i):
        x, y = batch
        return nn.functional.cross_entropy(self.net(x), y)
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

class Data(L.LightningDataModule):
    def train_dataloader(self):
        return DataLoader(Slow(), batch_size=16)
"""
LIGHTNING_FIT = """\
trainer = L.Trainer(
    max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False,
)
trainer.fit(Lit(), Data())
"""


def test_the_loader_of_a_data_module_is_the_users(book):
    pytest.importorskip("lightning")
    book.run("data", DATA + LIGHTNING_CELL)
    advice = waiting(book.run("fit", LIGHTNING_FIT))
    assert "DataLoader(Slow(), batch_size=16, num_workers=" in apply_edits(
        DATA + LIGHTNING_CELL, advice.fix.edits
    )


PREPARED = """\
from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
net = nn.Linear(20, 2)
optimizer = torch.optim.SGD(net.parameters(), 0.1)
loader = DataLoader(Slow(), batch_size=16)
net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
for x, y in loader:
    optimizer.zero_grad()
    accelerator.backward(nn.functional.cross_entropy(net(x), y))
    optimizer.step()
"""


def test_a_prepared_loader_is_changed_where_the_user_made_it(book):
    pytest.importorskip("accelerate")
    book.run("data", DATA)
    advice = waiting(book.run("train", PREPARED))
    assert "DataLoader(Slow(), batch_size=16, num_workers=" in apply_edits(
        PREPARED, advice.fix.edits
    )
