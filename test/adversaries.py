"""Later cells that may want what a fix takes away, made up for the notebooks of the corpus.

`Fix.safe` promises that every value stays the same, so it must hold against any of them that the
advice was told of: either the values are the same with the fix, or it is not called safe.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar
from zlib import crc32

import torch
from corpus import Case, Result, cases, differences, fixed_cells, run
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from length import AT_LENGTH

SAFE_RULES = frozenset(
    {"anomaly-left-on", "create-on-device", "dataloader-pin-memory", "dataloader-prefetch"}
    | {"deprecated-cuda-amp"}
    | {"empty-cache-misuse", "gpu-output-accumulation", "inference-mode", "loss-history-graph"}
    | {"needless-workers", "no-grad-inference", "pin-without-accelerator", "redundant-move"}
    | {"retain-graph", "stale-intermediates", "state-dict-kept", "weights-only-off"}
)
"""Rules of the corpus whose fixes may be called safe."""
FEW = settings(
    max_examples=20 if AT_LENGTH else 1,
    phases=[Phase.generate],  # each example runs a notebook twice: no shrinking
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ROUNDING = 1e-4
"""What PyTorch's choice of another kernel may change."""

_ITEMS = ("{name}", "{name}[0]", "{name}[-1]", "list({name}.values())[-1]", "{name}['loss'][-1]")
_USES = (
    "(ITEM * torch.ones(ITEM.shape, device=DEVICE)).sum().item()",
    "torch.cat([NAME[0].flatten(), torch.ones(3, device=DEVICE)]).sum().item()",
    "torch.stack(list(NAME)).double().sum().item()",
    "ITEM.add_(1).sum().item()",
    "ITEM.zero_().sum().item()",
    "ITEM.sum().backward() or 'went through'",
    "sum(NAME).backward() or 'went through'",
    "ITEM.backward() or 'went through'",
    "torch.autograd.grad(ITEM.sum(), list(model.parameters()))[0].sum().item()",
    "ITEM.requires_grad",
    "ITEM.device.type",
    "ITEM.detach().cpu().sum().item()",
    "(ITEM > 0).sum().item()",
    "len(NAME)",
    "[type(part).__name__ for part in (NAME, 3)]",
    "(NAME.num_workers, NAME.prefetch_factor, NAME.pin_memory)",
    "eval('NAME') is NAME",
    "globals()['NA' + 'ME'] is NAME",
    "NAME(*batches[0]).backward() or 'went through'",
)
_PLACES = (
    "try:\n    seenN = USE\nexcept Exception as error:\n    seenN = type(error).__name__",
    "def laterN():\n    return USE\ntry:\n    seenN = laterN()\n"
    "except Exception as error:\n    seenN = type(error).__name__",
    "try:\n    aliasN = ITEM\n    NAME = NAME\n    seenN = ALIASED\n"
    "except Exception as error:\n    seenN = type(error).__name__",
    "seenN = []\nfor turnN in range(2):\n    try:\n        seenN.append(USE)\n"
    "    except Exception as error:\n        seenN.append(type(error).__name__)",
)
_SPLIT = "# next cell\n"
T = TypeVar("T")


def safe_cases(kind: str) -> list[Case]:
    """The notebooks with fixes that may be called safe; those that start many processes not."""
    tried = SAFE_RULES - {"needless-workers"}
    return [case for case in cases(kind) if any(each.rule in tried for each in case.expected)]


_known_names: dict[tuple[str, str], tuple[Case, list[str]]] = {}
"""By the name of the notebook and the device, of runs that were made anyway."""


def remember_names(case: Case, device: str, result: Result) -> None:
    """Spare `names` a run of the notebook as it is, which was just made."""
    _known_names[str(case), device] = case, _names(case, result)


def names(case: Case, device: str) -> list[str]:
    """What the cells bind in which a fix is called safe as long as no other cell is there."""
    ran, known = _known_names.get((str(case), device), (None, []))
    return known if ran == case else _names(case, run(case, device))


def _names(case: Case, result: Result) -> list[str]:
    cells = {
        str(edit.cell_id)
        for advice in result.advice().values()
        if advice.fix is not None and advice.fix.safe
        for edit in advice.fix.edits
    } | {
        cell
        for (cell, _rule), advice in result.advice().items()
        if advice.fix is not None and advice.fix.safe
    }
    bound = [
        node
        for cell in sorted(cells)
        for node in ast.walk(ast.parse(case.cells[cell]))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    functions = [
        node.name
        for cell in sorted(cells)
        for node in ast.walk(ast.parse(case.cells[cell]))
        if isinstance(node, ast.FunctionDef)
    ]
    return sorted({node.id for node in bound if node.id in result.values} | set(functions))


@st.composite
def later_cells(draw: Any, case: Case, known: list[str]) -> dict[str, str]:
    """A few cells that do something with these names of a notebook."""
    cells: dict[str, str] = {}
    for number in range(draw(st.integers(2, 4))):
        name = draw(st.sampled_from(known))
        item = draw(_one_of(_ITEMS, case)).format(name=name)
        use = draw(_one_of(_USES, case))
        text = draw(_one_of(_PLACES, case))
        aliased = use.replace("ITEM", f"alias{number}").replace("NAME", name)
        text = text.replace("ALIASED", aliased).replace("USE", use).replace("ITEM", item)
        text = text.replace("'NA' + 'ME'", f"'{name[:1]}' + '{name[1:]}'")
        for word in ("seen", "later", "alias", "turn"):
            text = text.replace(f"{word}N", f"{word}{number}")
        cells[f"later{number}"] = text.replace("NAME", name)
    return cells


def _one_of(choices: Sequence[T], case: Case) -> st.SearchStrategy[T]:
    """One of these; each notebook has another first one, which the first example takes."""
    first = crc32(case.name.encode()) % len(choices)
    return st.sampled_from([*choices[first:], *choices[:first]])


def broken_by(case: Case, device: str, later: dict[str, str]) -> list[str]:
    """Which values differ with the fixes that are called safe although these cells follow."""
    torch.set_num_threads(1)  # short programs, whose threads wait for each other on a busy machine
    first = run(case, device, later=later)
    assert first.health == []
    cells = fixed_cells(case, first, safe_only=True)
    if cells == case.cells:
        return []
    second = run(case, device, cells, later=later)
    return list(differences(first.values, second.values, ROUNDING))
