"""What the profiler costs a step of loops that libraries run.

    PYTHONPATH=python_ext .venv/bin/python test/bench/libraries.py [--rounds 8] [--only NAME …]

Two runs of one program differ by more than the profiler costs: each has its objects elsewhere in
memory. So it is measured within one run: all hooks and the sampling thread are away for ten steps,
then there again, and away or there is drawn by lot. Steps with them that are drawn as the no-change
control say what the noise is. Counted is processor time of the whole process. What a cell costs
once, at its beginning and its end, is not in this: see `overhead.py`. Libraries that are not
installed are left out.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

KINDS = ("plain", "profiled", "control")
_BLOCK = 10
"""Steps of one kind; the first two of them, which change over, do not count."""
_KEPT = 0.97
"""Of the steps, the quickest: the others were disturbed."""


class Loop(NamedTuple):
    """``setup`` runs once, ``cell`` again and again: steps of one to three milliseconds."""

    library: str
    setup: str
    cell: str


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
    print(f"{'':12} {'a step':>10} {'+us':>7} {'ratio':>7} {'control':>8} {'steps':>7}")
    for name in options.only:
        if find_spec(LOOPS[name].library) is None:
            print(f"{name:12} not installed")
            continue
        command = [sys.executable, __file__, "--rounds", str(options.rounds), "--in-process", name]
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=_quiet()).stdout
        _print(name, json.loads(out.splitlines()[-1]))


def _quiet() -> dict[str, str]:
    return {**os.environ, "TOKENIZERS_PARALLELISM": "false", "PYTHONWARNINGS": "ignore"}


def _print(name: str, found: dict[str, list[float]]) -> None:
    plain, profiled, control = (_mean(found[kind]) for kind in KINDS)
    print(
        f"{name:12} {1e6 * plain:8.0f}us {1e6 * (profiled - plain):7.1f} {profiled / plain:7.3f}"
        f" {control / profiled:8.3f} {sum(map(len, found.values())):7}"
    )


def _mean(seconds: list[float]) -> float:
    return statistics.mean(sorted(seconds)[: int(_KEPT * len(seconds))])


def _measure(loop: Loop, rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time of each step, by kind."""
    from IPython.core.interactiveshell import InteractiveShell
    from jupyterlab_torchprof.extension import load, unload
    from torch.optim.optimizer import register_optimizer_step_post_hook

    shell = InteractiveShell.instance()
    shell.run_cell(loop.setup).raise_error()
    shell.run_cell(loop.cell).raise_error()
    away = Away(load(shell)._measurement)
    steps = Steps(away)
    register_optimizer_step_post_hook(lambda *_: steps.tick())
    for number in range(rounds + 1):  # in the first, functions are compiled and modules imported
        steps.begin()
        try:
            shell.run_cell(loop.cell).raise_error()
        finally:
            steps.end()
        if number == 0:
            steps.forget()
    unload(shell)
    return steps.found


class Steps:
    """Times each step of a run, in blocks that the profiler is away for or not."""

    def __init__(self, away: Away) -> None:
        """Nothing runs."""
        self.found: dict[str, list[float]] = {}
        self._away = away
        self._count, self._kind, self._last = 0, "", 0.0
        self._random = random.Random(0)
        self.forget()

    def forget(self) -> None:
        """Drop what was timed."""
        self.found = {kind: [] for kind in KINDS}

    def begin(self) -> None:
        """A cell begins."""
        self._count, self._kind = 0, ""

    def end(self) -> None:
        """It has ended: the profiler is there."""
        self._away.restore()
        self._kind = ""

    def tick(self) -> None:
        """A step has been taken."""
        now = time.process_time()
        if self._kind and self._count % _BLOCK > 1:
            self.found[self._kind].append(now - self._last)
        self._count += 1
        if self._count % _BLOCK == 0:
            self._away.restore()
            self._kind = self._random.choice(KINDS)
            if self._kind == "plain":
                self._away.take()
        self._last = time.process_time()


class Away:
    """Takes away all that costs a step something, in the middle of a cell, and puts it back."""

    def __init__(self, measurement: Any) -> None:
        """``measurement``: that of a profiler that is loaded."""
        self._measurement = measurement
        self._undo: list[Callable[[], None]] = []

    def take(self) -> None:
        """The functions that are wrapped, the hooks of steps, the watch, the sampling thread."""
        from jupyterlab_torchprof.patches import _MISSING
        from torch.optim import optimizer

        probes = {probe.name: probe for probe in self._measurement._probes}
        for owner, name, own, replacement in self._measurement._patches._done:
            if own is not _MISSING:
                setattr(owner, name, own)
                self._undo.append(lambda o=owner, n=name, r=replacement: setattr(o, n, r))
        for hooks in (
            optimizer._global_optimizer_pre_hooks,
            optimizer._global_optimizer_post_hooks,
        ):
            taken = {key: hook for key, hook in hooks.items() if _is_ours(hook)}
            for key in taken:
                del hooks[key]
            self._undo.append(lambda h=hooks, t=taken: _put_first(h, t))
        roots, sampler = probes["autograd"]._roots, probes["sampler"]
        roots.pause()
        self._undo.append(roots.resume)
        due = sampler._next, sampler._next_stack
        sampler._next = sampler._next_stack = time.perf_counter() + 1e4
        self._undo.append(lambda: _set_due(sampler, due))

    def restore(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()


def _is_ours(hook: Any) -> bool:
    return str(hook.__module__).startswith("jupyterlab_torchprof")


def _put_first(hooks: dict[int, Any], taken: dict[int, Any]) -> None:
    others = dict(hooks)
    hooks.clear()
    hooks.update({**taken, **others})


def _set_due(sampler: Any, due: tuple[float, float]) -> None:
    now = time.perf_counter()
    sampler._next, sampler._next_stack = max(due[0], now), max(due[1], now)
    with sampler._changed:
        sampler._changed.notify()


if __name__ == "__main__":
    main()
