"""Notebooks that say what must be advised on them: how they are read, run, fixed and compared.

A file of ``test/notebooks`` holds cells, each under a line ``# %% name``, and above them:

``# advice: none`` or ``# advice: CELL RULE [LINE…]; …``
    What there is when all cells have run, and nothing else. ``CELL`` is the cell whose run got it.
``# needs: accelerator``
    Runs only where there is one; other notebooks run on the CPU and on an accelerator. ``cuda``:
    only on CUDA, for what cannot be simulated; ``cpu``: only where there is nothing else.
``# uses: transformers``
    A library that the notebook imports; it is left out where that is not installed.
``# torch: 2.9``
    The oldest PyTorch that it is about.
``# machine: {"capability": [9, 0]}``
    Facts of `TorchState` that are put over the measured ones: hardware that we do not have.
    ``{"loads.file_bytes": 1e9}``: of each item of a list in the record, also further down
    (``"ranks.record.torch.nccl"``), where a list of values has one for each of several items;
    ``record.duration_s``: of the record itself.
``# fixed: within 0.01`` or ``# fixed: not compared: REASON``
    How values change when all fixes are applied; without it they stay bit-equal.

``# waits: CELL…``
    Cells of the notebook that do not run; the advice knows of them.
``# deep: CELL…``
    Cells that are profiled in depth.
``# tried: {"bfloat16": 2.0}``
    Operators of deep profiles were tried in another way, so many times faster.
``# rules_on: RULE…``
    Rules that are off by default.
``# withdrawn: CELL RULE; …``
    Advice that may be given for a while; other advice may at no time be given on quiet code.
``# forwards: CELL…``
    Cells in which a forward must have been seen, so that silence is about it.

``DEVICE`` in the namespace names where to compute. A cell that begins with ``# raises: NAME``
must raise that error (``NAME or NAME``: one of them), until a fix is applied that its run was
offered.
"""

from __future__ import annotations

import atexit
import io
import json
import re
import sys
import traceback
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import isnan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.messages import CellText, DeepRequest
from jupyterlab_torchprof.probes import sampler
from jupyterlab_torchprof.probes.sampler import FASTEST_HZ, STACK_PERIOD_S
from jupyterlab_torchprof.probes.torch_version import version_of
from jupyterlab_torchprof.record import Advice, CellRecord, DeepReplay, DeepWork, TextEdit
from plain_tracebacks import print_plainly
from traitlets.config import Config

FOLDER = Path(__file__).parent / "notebooks"
_CELL = re.compile(r"^# %% (\w+)\n(.*?)(?=^# %% |\Z)", re.MULTILINE | re.DOTALL)
_HEAD = re.compile(r"^# (\w+): (.*)$", re.MULTILINE)
_OWN_NAMES = re.compile(r"_.*|In|Out|exit|quit|open|get_ipython|DEVICE")


@dataclass(frozen=True)
class Expected:
    """One piece of advice that must be there."""

    cell: str
    rule: str
    lines: tuple[int, ...]
    """Empty: any."""


@dataclass(frozen=True)
class Case:
    """One notebook of the corpus."""

    name: str
    cells: dict[str, str]
    expected: tuple[Expected, ...]
    torch: tuple[int, ...]
    """Major and minor version of the oldest PyTorch that it is about; empty: any."""
    needs: str
    """What it runs on only: ``"accelerator"``, ``"cuda"``, ``"cpu"``; empty: anything."""
    machine: dict[str, Any]
    fixed: str
    rules_on: tuple[str, ...]
    forwards: tuple[str, ...]
    withdrawn: frozenset[tuple[str, str]]
    """Cells and rules."""
    waits: tuple[str, ...] = ()
    """Cells that do not run."""
    deep: tuple[str, ...] = ()
    """Cells that are profiled in depth."""
    uses: str = ""
    """A library that it imports."""
    tried: dict[str, float] = field(default_factory=dict)
    """Other ways for their operators, and how many times faster these were."""

    def __str__(self) -> str:
        return self.name

    @property
    def forks(self) -> bool:
        """Whether it starts processes as copies of this one, in which there are backwards."""
        return any("start_processes" in source for source in self.cells.values())


def cases(kind: str) -> list[Case]:
    """The notebooks that can run on a type of device: ``"cpu"``, ``"simgpu"`` or ``"cuda"``.

    Those that fork come first: a backward on an accelerator, and from PyTorch 2.14 on one of what
    was compiled, starts threads of autograd's, and then no copy of the process can have one.
    """
    found = sorted(map(read, sorted(FOLDER.glob("*/*.py"))), key=lambda case: not case.forks)
    return [
        case
        for case in found
        if (case.needs in ("", kind) or (case.needs == "accelerator" and kind != "cpu"))
        and not (case.forks and kind == "cuda")  # which other notebooks have in use by then
        and (version_of(torch) or case.torch) >= case.torch
        and not (case.uses and find_spec(case.uses) is None)
    ]


def read(path: Path) -> Case:
    """Read one notebook; raises ValueError if its head cannot be understood."""
    text = path.read_text()
    head = dict(_HEAD.findall(text[: text.index("# %%")]))
    unknown = head.keys() - {
        *("advice", "torch", "needs", "machine", "fixed"),
        *("rules_on", "waits", "forwards", "withdrawn", "deep", "tried", "uses"),
    }
    if unknown or "advice" not in head:
        raise ValueError(f"{path.name}: what is {unknown or 'expected'}?")
    withdrawn = head.get("withdrawn", "")
    cells = {name: source.rstrip("\n") for name, source in _CELL.findall(text)}
    if len(cells) != text.count("# %%"):
        raise ValueError(f"{path.name}: each cell needs a name of its own, one word.")
    return Case(
        name=f"{path.parent.name}/{path.stem}",
        cells=cells,
        expected=tuple(_expected(head["advice"], path.name, cells)),
        torch=tuple(map(int, filter(None, head.get("torch", "").split(".")))),
        needs=head.get("needs", ""),
        machine=json.loads(head.get("machine", "{}")),
        fixed=head.get("fixed", ""),
        rules_on=tuple(head.get("rules_on", "").split()),
        forwards=tuple(head.get("forwards", "").split()),
        withdrawn=frozenset(
            (cell, rule) for cell, rule in map(str.split, filter(None, withdrawn.split(";")))
        ),
        waits=tuple(head.get("waits", "").split()),
        deep=tuple(head.get("deep", "").split()),
        uses=head.get("uses", ""),
        tried=json.loads(head.get("tried", "{}")),
    )


def _expected(text: str, name: str, cells: Iterable[str]) -> Iterator[Expected]:
    for part in text.split(";") if text != "none" else ():
        cell, rule, *lines = part.split()
        if cell not in cells:
            raise ValueError(f"{name} has no cell {cell}.")
        yield Expected(cell, rule, tuple(int(line) for line in lines))


@dataclass
class Result:
    """What came of running a notebook."""

    records: list[CellRecord]
    printed: str
    values: dict[str, Any]
    """What the notebook's variables hold in the end, as `frozen`."""
    health: list[Any] = field(default_factory=list)
    ever: set[tuple[str, str]] = field(default_factory=set)
    """Cell and rule of all that was advised after some cell, also if it was withdrawn."""

    def latest(self) -> dict[str, CellRecord]:
        """The latest record of each cell."""
        return {str(record.cell_id): record for record in self.records}

    def advice(self) -> dict[tuple[str, str], Advice]:
        """By cell and rule."""
        return {
            (cell, advice.rule): advice
            for cell, record in self.latest().items()
            for advice in record.advice
        }


def run(
    case: Case,
    device: str,
    cells: dict[str, str] | None = None,
    *,
    mended: Collection[str] = (),
    later: Mapping[str, str] | None = None,
) -> Result:
    """Run a notebook, or its cells with other texts, in a shell of its own with real probes.

    ``mended``: cells whose error must be gone. ``later``: further cells of the notebook, which
    run when the records have been taken.
    """
    config = Config()
    config.HistoryManager.enabled = False
    main = sys.modules["__main__"]
    shell = InteractiveShell(config=config)
    print_plainly(shell)
    shell.user_ns["DEVICE"] = device
    profiler = load(shell)
    profiler.settings.rules_on = list(case.rules_on)
    profiler._measurement.set_rate(FASTEST_HZ)
    sampler.STACK_PERIOD_S = 0.005  # cells are short, and lines need ten looks
    texts = {**(cells or case.cells), **(later or {})}
    known = [CellText(cell_id=name, source=source) for name, source in texts.items()]
    profiler.notebooks.tell("corpus", known)
    _pretend(profiler, case.machine, case.tried)
    printed = io.StringIO()
    errors: list[BaseException] = []
    ever: set[tuple[str, str]] = set()
    records: list[CellRecord] = []
    try:
        for name, source in texts.items():
            if name in case.waits:
                continue
            if later and name in later and not records:
                records = deepcopy(profiler.history.records())
            if name in case.deep:
                profiler._ask_deep(DeepRequest(cell_id=name))
            with redirect_stdout(printed), redirect_stderr(io.StringIO()), _shown_warnings():
                result = shell.run_cell(source, store_history=True, cell_id=name)
            error = result.error_before_exec or result.error_in_exec
            errors += [] if error is None else [error]
            _check_error(name, "" if name in mended else source, error)
            ever |= {(str(r.cell_id), a.rule) for r in profiler.history.records() for a in r.advice}
        # Values first: the shell forgets them.
        values = {
            name: frozen(value)
            for name, value in shell.user_ns.items()
            if not _OWN_NAMES.fullmatch(name) and name not in shell.user_ns_hidden
        }
        records = records or profiler.history.records()
        return Result(records, printed.getvalue(), values, profiler.health.entries(), ever)
    finally:
        sampler.STACK_PERIOD_S = STACK_PERIOD_S
        shell.reset()
        unload(shell)
        shell.atexit_operations()
        atexit.unregister(shell.atexit_operations)
        sys.modules["__main__"] = main
        forget_error()
        for error in errors:
            traceback.clear_frames(error.__traceback__)


def fixed_cells(case: Case, result: Result, *, safe_only: bool = False) -> dict[str, str]:
    """The notebook's texts with every fix applied that it was offered, or every safe one.

    Where two fixes touch one place, the second waits, as in the front end.
    """
    edits: dict[str, list[TextEdit]] = {}
    for advice in result.advice().values():
        if advice.fix is None or (safe_only and not advice.fix.safe):
            continue
        trial = {cell: list(known) for cell, known in edits.items()}
        for edit in advice.fix.edits:
            trial.setdefault(str(edit.cell_id), []).append(edit)
        try:
            for cell, of_cell in trial.items():
                apply_edits(case.cells[cell], of_cell)
        except ValueError:
            continue
        edits = trial
    return {cell: apply_edits(source, edits.get(cell, [])) for cell, source in case.cells.items()}


class Names(dict[str, Any]):
    """Attributes of an object that stands for a namespace: a fix may take some away."""


def frozen(value: Any) -> Any:
    """A value as plain data that can be compared after the program is gone."""
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, torch.nn.Module):
        return {name: frozen(tensor) for name, tensor in value.state_dict().items()}
    if isinstance(value, SimpleNamespace):
        own = {name: each for name, each in vars(value).items() if not _OWN_NAMES.fullmatch(name)}
        return Names({name: frozen(each) for name, each in own.items()})
    if isinstance(value, dict):
        return {str(key): frozen(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [frozen(item) for item in value]
    if isinstance(value, (int, float, str, bool, type(None))):
        return value
    return type(value).__name__


def differences(before: Any, after: Any, tolerance: float, path: str = "") -> Iterator[str]:
    """Where two frozen values differ; names that only one has are not compared at the top."""
    if isinstance(before, torch.Tensor):
        yield from _tensor_differences(before, after, tolerance, path)
    elif isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() & after.keys():
            yield from differences(before[name], after[name], tolerance, f"{path}.{name}")
        if path and not isinstance(before, Names) and before.keys() != after.keys():
            yield f"{path}: other keys"
    elif isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield f"{path}: {len(before)} items became {len(after)}"
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            yield from differences(one, other, tolerance, f"{path}[{number}]")
    elif isinstance(before, float) and isinstance(after, (int, float)):
        if abs(before - after) > tolerance * max(1.0, abs(before)) and not isnan(before):
            yield f"{path}: {before} became {after}"
    elif before != after:
        yield f"{path}: {before!r} became {after!r}"


def _tensor_differences(
    before: torch.Tensor, after: Any, tolerance: float, path: str
) -> Iterator[str]:
    if isinstance(after, (int, float)) and before.numel() == 1:
        yield from differences(float(before), after, tolerance, path)
    elif not isinstance(after, torch.Tensor) or before.shape != after.shape:
        yield f"{path}: {before!r} became {after!r}"
    elif tolerance == 0:
        if before.dtype != after.dtype or not torch.equal(before, after):
            yield f"{path} changed"
    elif not torch.allclose(before.double(), after.double(), rtol=tolerance, atol=tolerance):
        yield f"{path} changed by {(before.double() - after.double()).abs().max():.3g}"


@contextmanager
def _shown_warnings() -> Iterator[None]:
    """As in a notebook: shown, neither raised nor kept back because they were shown before."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


def _pretend(profiler: Any, machine: dict[str, Any], tried: dict[str, float]) -> None:
    if not machine and not tried:
        return
    measurement = profiler._measurement
    measured = measurement.end

    def end(run: Any, record: CellRecord) -> None:
        measured(run, record)
        for name, value in machine.items():
            way, _dot, field_name = name.rpartition(".")
            found = [facts for facts in _facts(record, way) if facts is not None]
            several = isinstance(value, list) and len(value) == len(found) > 1
            for facts, own in zip(found, value if several else [value] * len(found), strict=True):
                assert field_name in facts.__struct_fields__, name
                setattr(facts, field_name, own)
        for work in record.deep.work if record.deep is not None else ():
            _try(work, tried)

    measurement.end = end


def _try(work: DeepWork, tried: dict[str, float]) -> None:
    """As if an operator had been run again in other ways."""
    for alternative, faster in tried.items():
        if alternative not in work.alternatives:
            if work.kind != "operator":
                continue
            work.alternatives.append(alternative)
        work.replays.append(
            DeepReplay(
                alternative=alternative,
                original_s=1e-3,
                alternative_s=1e-3 / faster,
                original_spread_s=1e-5,
                alternative_spread_s=1e-5,
                rounds=50,
                threads=4,
            )
        )


def _facts(record: CellRecord, name: str) -> list[Any]:
    if name == "record":
        return [record]
    found: list[Any] = [record]
    for part in (name or "torch").split("."):
        parts = [getattr(each, part) for each in found if each is not None]
        found = [each for one in parts for each in (one if isinstance(one, list) else [one])]
    return found


def _check_error(name: str, source: str, error: BaseException | None) -> None:
    wanted = re.match(r"# raises: (\w+(?: or \w+)*)$", source, re.MULTILINE)
    if wanted is None and error is not None:
        raise error
    if wanted is not None and type(error).__name__ not in wanted[1].split(" or "):
        raise AssertionError(f"cell {name} should raise {wanted[1]}, not {error!r}")


def forget_error() -> None:
    """Have the interpreter let go of the last error, and so of its frames."""
    for name in ("last_exc", "last_value", "last_traceback", "last_type"):
        if hasattr(sys, name):
            delattr(sys, name)
