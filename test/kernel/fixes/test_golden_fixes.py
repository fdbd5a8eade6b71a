"""Every fix on golden cells: ``in.py`` becomes ``out.py`` or is refused with a sentence."""

from __future__ import annotations

import pytest
from generic import FOLDER, all_adapters, golden
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.cell import CannotFix
from jupyterlab_torchprof.fixes.syntax import check_compiles

ADAPTERS = all_adapters()


@pytest.mark.parametrize("case", list(golden("out.py")), ids=str)
def test_fixed(case):
    source, wanted = case.read("in.py"), case.read("out.py")
    edits = ADAPTERS[case.rule](source, **case.options)
    fixed = apply_edits(source, edits)
    assert fixed == wanted
    check_compiles(fixed)


@pytest.mark.parametrize("case", list(golden("out.py")), ids=str)
def test_applied_twice_changes_nothing(case):
    fixed = case.read("out.py")
    try:
        edits = ADAPTERS[case.rule](fixed, **case.options)
    except CannotFix:
        return
    assert apply_edits(fixed, edits) == fixed


@pytest.mark.parametrize("case", list(golden("refused.txt")), ids=str)
def test_refused(case):
    with pytest.raises(CannotFix) as refusal:
        ADAPTERS[case.rule](case.read("in.py"), **case.options)
    assert str(refusal.value) == case.read("refused.txt").strip()
    assert str(refusal.value).endswith(".")


def test_every_adapter_has_cases_and_every_case_an_adapter():
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert folders == set(ADAPTERS)
