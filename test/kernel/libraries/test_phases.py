"""Phases of the calls in which libraries train, by what is known of their sleeps."""

from __future__ import annotations

import pytest

SETUP = """\
import logging, time, warnings
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

class Slow(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return x.clone()
    @staticmethod
    def backward(context, gradient):
        time.sleep(0.04)
        return gradient

class Items(Dataset):
    def __len__(self):
        return 60
    def __getitem__(self, index):
        time.sleep(0.004)
        return torch.ones(8), torch.ones(1)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(8, 1)
    def forward(self, x):
        time.sleep(0.03)
        return Slow.apply(self.layer(x))

# The first step of a process imports much, and no test is about that.
torch.optim.SGD(nn.Linear(1, 1).parameters(), 0.1).step()
"""
SKORCH = """\
import skorch
from skorch.helper import predefined_split
net = skorch.NeuralNetRegressor(
    Net, optimizer=torch.optim.SGD, max_epochs=2, batch_size=4,
    train_split=predefined_split(Items()), verbose=0,
)
net.fit(Items(), y=None)
"""
ACCELERATE = """\
from accelerate import Accelerator
accelerator, net = Accelerator(cpu=True), Net()
opt = torch.optim.AdamW(net.parameters())
net, opt, loader, held = accelerator.prepare(
    net, opt, DataLoader(Items(), 4), DataLoader(Items(), 4)
)
for epoch in range(2):
    for x, y in loader:
        opt.zero_grad()
        accelerator.backward(nn.functional.mse_loss(net(x), y))
        opt.step()
    for x, y in held:
        with torch.inference_mode():
            net(x)
"""
LIGHTNING = """\
import lightning
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.simplefilter("ignore")
class Lit(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()
    def training_step(self, batch, index):
        return nn.functional.mse_loss(self.net(batch[0]), batch[1])
    def validation_step(self, batch, index):
        self.net(batch[0])
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
lightning.Trainer(
    max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False,
).fit(Lit(), DataLoader(Items(), 4), DataLoader(Items(), 4))
"""


@pytest.mark.parametrize(
    ("library", "code"),
    [("skorch", SKORCH), ("accelerate", ACCELERATE), ("lightning", LIGHTNING)],
)
def test_the_phases_are_those_that_slept(notebook, library, code):
    pytest.importorskip(library)
    notebook.ok(SETUP)
    record = notebook.ok(code)
    phases = record.phases
    waited = sum(one.wait_s + one.startup_s for one in record.data_loading)
    assert phases["data"] == pytest.approx(waited / record.duration_s, abs=1e-4)
    # 30 steps of 40 ms, 30 forwards of 30 ms with gradients and as many without; some fewer for
    # noise, and more time is other's on a busy machine.
    for phase, slept_s in (("backward", 1.2), ("forward", 0.9), ("evaluation", 0.9)):
        share = slept_s / record.duration_s
        assert 0.5 * share < phases[phase] < 1.7 * share + 0.05
    assert phases.get("optimizer", 0) < 0.15


def test_a_wrapped_optimizer_is_one(notebook):
    pytest.importorskip("accelerate")
    notebook.ok(SETUP)
    (entry,) = notebook.ok(ACCELERATE).optimizers
    assert (entry.variable, entry.class_name, entry.steps) == ("opt", "AdamW", 30)


TRANSFORMERS = """\
import tempfile
import transformers
class Dicts(Items):
    def __getitem__(self, index):
        return {"x": torch.ones(8), "labels": torch.ones(1)}
class Model(Net):
    def forward(self, x, labels=None):
        out = self.layer(x)
        return {"loss": nn.functional.mse_loss(out, labels), "logits": out}
transformers.utils.logging.disable_progress_bar()
trainer = transformers.Trainer(
    Model(),
    transformers.TrainingArguments(
        tempfile.mkdtemp(), num_train_epochs=3, eval_strategy="epoch", save_strategy="no",
        logging_strategy="no", report_to=[], use_cpu=True, dataloader_pin_memory=False,
    ),
    train_dataset=Dicts(), eval_dataset=Dicts(),
)
trainer.train()
"""


def test_a_trainers_loaders_are_one_for_training_and_one_for_its_evaluations(notebook):
    pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    notebook.ok(SETUP)
    record = notebook.ok(TRANSFORMERS)
    facts = [(one.role, one.loaders, one.batches) for one in record.data_loading]
    assert facts == [("training", 1, 24), ("evaluation", 3, 24)]


def test_lightnings_loaders_are_told_apart_though_one_call_has_both(notebook):
    pytest.importorskip("lightning")
    notebook.ok(SETUP)
    record = notebook.ok(LIGHTNING)
    facts = {one.role: one.loaders for one in record.data_loading}
    assert facts == {"training": 1, "evaluation": 1}
