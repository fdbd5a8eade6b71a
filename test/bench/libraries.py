"""What the profiler costs loops that libraries run: processor time, with it and without, in turns.

    PYTHONPATH=python_ext .venv/bin/python test/bench/libraries.py [--rounds 8] [--only NAME …]

Each library has a process of its own, in which the same cell runs again and again: profiled, plain,
and plain once more as the no-change control, in an order that rotates. Between them the profiler is
loaded and unloaded, which is not timed. Processor time of the whole process counts, so a busy
machine changes little. Libraries that are not installed are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any, NamedTuple

KINDS = ("plain", "profiled", "control")


class Loop(NamedTuple):
    """``setup`` runs once, ``cell`` is timed: ``steps`` steps of one to three milliseconds."""

    library: str
    setup: str
    cell: str
    steps: int


_DATA = """
import logging, os, tempfile, warnings
import torch
from torch import nn
torch.set_num_threads(1); torch.manual_seed(0)
features, labels = torch.randn(4096, 64), torch.randint(0, 4, (4096,))
def make(width=256):
    return nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                         nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 4))
"""
LOOPS = {
    "plain": Loop(
        "torch",
        _DATA
        + """
from torch.utils.data import DataLoader, TensorDataset
model = make()
optimizer = torch.optim.AdamW(model.parameters())
loader = DataLoader(TensorDataset(features, labels), batch_size=64, shuffle=True)
""",
        """
for _ in range(12):
    for inputs, targets in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
""",
        12 * 64,
    ),
    "accelerate": Loop(
        "accelerate",
        _DATA
        + """
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset
accelerator = Accelerator(cpu=True)
model = make()
optimizer = torch.optim.AdamW(model.parameters())
loader = DataLoader(TensorDataset(features, labels), batch_size=64, shuffle=True)
model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
""",
        """
for _ in range(12):
    for inputs, targets in loader:
        optimizer.zero_grad()
        accelerator.backward(nn.functional.cross_entropy(model(inputs), targets))
        optimizer.step()
""",
        12 * 64,
    ),
    "trainer": Loop(
        "transformers",
        _DATA
        + """
from transformers import Trainer, TrainingArguments
import transformers
transformers.logging.set_verbosity_error()
class Rows(torch.utils.data.Dataset):
    def __len__(self): return len(features)
    def __getitem__(self, index): return {"x": features[index], "labels": labels[index]}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make()
    def forward(self, x, labels=None):
        logits = self.body(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}
arguments = TrainingArguments(tempfile.mkdtemp(), per_device_train_batch_size=64, max_steps=500,
    use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True, logging_strategy="no")
""",
        "_ = Trainer(Net(), arguments, train_dataset=Rows()).train()",
        500,
    ),
    "skorch": Loop(
        "skorch",
        _DATA
        + """
from skorch import NeuralNetClassifier
net = NeuralNetClassifier(make, criterion=nn.CrossEntropyLoss, max_epochs=12, batch_size=64,
                          train_split=None, verbose=0, optimizer=torch.optim.AdamW)
inputs, targets = features.numpy(), labels.numpy()
""",
        "_ = net.fit(inputs, targets)",
        12 * 64,
    ),
    "optuna": Loop(
        "optuna",
        _DATA
        + """
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
def objective(trial):
    model = make(trial.suggest_categorical("width", [128, 256]))
    optimizer = torch.optim.SGD(model.parameters(), lr=trial.suggest_float("lr", 1e-3, 1e-1))
    for step in range(80):
        batch = slice(64 * (step % 60), 64 * (step % 60) + 64)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(features[batch]), labels[batch])
        loss.backward()
        optimizer.step()
    return loss.item()
""",
        """
study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
study.optimize(objective, n_trials=10)
""",
        800,
    ),
    "lightning": Loop(
        "lightning",
        _DATA
        + """
import lightning
from torch.utils.data import DataLoader, TensorDataset
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
warnings.simplefilter("ignore")
class Net(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = make()
    def training_step(self, batch, _):
        inputs, targets = batch
        return nn.functional.cross_entropy(self.body(inputs), targets)
    def configure_optimizers(self): return torch.optim.AdamW(self.parameters())
loader = DataLoader(TensorDataset(features, labels), batch_size=64, shuffle=True)
""",
        """
lightning.Trainer(max_epochs=8, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False).fit(Net(), loader)
""",
        8 * 64,
    ),
}


def main() -> None:
    """Measure one library after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--only", nargs="*", choices=LOOPS, default=list(LOOPS))
    parser.add_argument("--in-process", choices=LOOPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_process:
        print(json.dumps(_measure(LOOPS[options.in_process], options.rounds)))
        return
    print(f"{'':12} {'a step':>10} {'ratio':>7} {'+us':>7} {'control':>8} {'end of cell':>12}")
    for name in options.only:
        if find_spec(LOOPS[name].library) is None:
            print(f"{name:12} not installed")
            continue
        command = [sys.executable, __file__, "--rounds", str(options.rounds), "--in-process", name]
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=_quiet()).stdout
        _print(name, json.loads(out.splitlines()[-1]))


def _quiet() -> dict[str, str]:
    return {**os.environ, "TOKENIZERS_PARALLELISM": "false", "PYTHONWARNINGS": "ignore"}


def _print(name: str, found: dict[str, Any]) -> None:
    steps, plain = LOOPS[name].steps, statistics.median(found["plain"])
    rows = list(zip(*(found[kind] for kind in KINDS), strict=True))
    profiled = statistics.median(mine - base for base, mine, _ in rows)
    control = statistics.median(other / base for base, _, other in rows)
    end = statistics.median(found["end"])
    print(
        f"{name:12} {1e6 * plain / steps:8.0f}us {1 + profiled / plain:7.3f}"
        f" {1e6 * (profiled - end) / steps:7.1f} {control:8.3f} {1e3 * end:10.1f}ms"
    )


def _measure(loop: Loop, rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time of each run, and what the profiler did after the cell."""
    from IPython.core.interactiveshell import InteractiveShell
    from jupyterlab_torchprof.extension import load, unload

    shell = InteractiveShell.instance()
    _run(shell, loop.setup)
    _run(shell, loop.cell)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    found["end"] = []
    for number in range(rounds + 1):
        for kind in KINDS[number % 3 :] + KINDS[: number % 3]:
            if kind == "profiled":
                load(shell)
                _run(shell, "pass")
            ends: list[float] = []
            began = time.process_time()
            _run(shell, loop.cell, ends)
            ended = time.process_time()
            if kind == "profiled":
                unload(shell)
            if number:  # the first round imports what fixes need
                found[kind].append(ended - began)
                if kind == "profiled":
                    found["end"].append(ended - ends[-1])
    return found


def _run(shell: Any, code: str, ends: list[float] | None = None) -> None:
    def note(*_: Any) -> None:
        if ends is not None:
            ends.append(time.process_time())

    shell.events.register("post_execute", note)  # before ``post_run_cell``
    try:
        result = shell.run_cell(code)
    finally:
        shell.events.unregister("post_execute", note)
    result.raise_error()


if __name__ == "__main__":
    main()
