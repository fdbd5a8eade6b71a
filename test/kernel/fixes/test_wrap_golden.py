"""The wrap fix on each hazard: ``in.py`` becomes ``out.py`` or is refused with a sentence."""

from __future__ import annotations

import ast
import io
import re
from contextlib import redirect_stdout

import pytest
import torch
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.mask import mask
from jupyterlab_torchprof.fixes.wrap import CannotFix, Wrapped, wrap_no_grad

NAMES = ("model", "x", "loader", "flag")


def wrap(case, source: str | None = None) -> Wrapped:
    return wrap_no_grad(
        case.source if source is None else source,
        case.lines,
        cell_id="cell",
        torch_name=case.torch_name,
        taken=NAMES,
    )


def test_fixed(fixable):
    wrapped = wrap(fixable)
    assert apply_edits(fixable.source, wrapped.fix.edits) == fixable.fixed
    assert set(fixable.lines) <= set(wrapped.lines)
    assert all(edit.cell_id == "cell" for edit in wrapped.fix.edits)
    assert all(edit.start == edit.end and edit.new_text for edit in wrapped.fix.edits), (
        "nothing of the user's text is replaced"
    )
    ast.parse(mask(fixable.fixed).text)


def test_refused(refused):
    with pytest.raises(CannotFix) as refusal:
        wrap(refused)
    assert str(refusal.value) == refused.reason
    assert refused.reason.endswith(".")


@pytest.mark.parametrize(
    "source",
    [
        "a = " + "[" * 150 + "]" * 150 + "\nout = model(x)",
        "a = " + " + ".join(["b"] * 5000) + "\nout = model(x)",
        "a = " + "(" * 5000 + "1" + ")" * 5000 + "\nout = model(x)",
        "text = '" + "x" * 60_000 + "'\nout = model(x)",
        "text = '\ud800'\nout = model(x)",
        "text = '\0'\nout = model(x)",
    ],
    ids=["nested", "chained", "too nested", "long", "surrogate", "null"],
)
def test_what_could_break_a_parser_is_refused(source):
    """Before libcst sees it: a stack that overflows there would end the kernel."""
    with pytest.raises(CannotFix, match="could not be parsed"):
        wrap_no_grad(source, [2], cell_id=None, torch_name="torch")


def test_line_endings_are_kept(fixable):
    source = fixable.source.replace("\n", "\r\n")
    fixed = apply_edits(source, wrap(fixable, source).fix.edits)
    assert fixed == fixable.fixed.replace("\n", "\r\n")


def test_no_line_ending_at_the_end(fixable):
    source = fixable.source.rstrip("\n")
    fixed = apply_edits(source, wrap(fixable, source).fix.edits)
    assert fixed == fixable.fixed.rstrip("\n")


def test_a_fixed_cell_is_not_fixed_again(fixable):
    wrapped = wrap(fixable)
    fixed = apply_edits(fixable.source, wrapped.fix.edits).split("\n")
    forwards = [n for n, line in enumerate(fixed, 1) if "# forward" in line]
    for line in forwards or [n for n, line in enumerate(fixed, 1) if "%time" in line]:
        with pytest.raises(CannotFix, match="sets the grad mode"):
            wrap_no_grad(
                "\n".join(fixed), [line], cell_id=None, torch_name=fixable.torch_name, taken=NAMES
            )


def test_the_program_does_the_same(fixable, shell):
    before = run(shell, fixable.source, fixable)
    after = run(shell, fixable.fixed, fixable)
    assert after.printed == before.printed
    assert before.values.keys() <= after.values.keys()
    for name, value in before.values.items():
        assert same(value, after.values[name]), name
    assert set(after.values) - set(before.values) <= {"torch", "output", "shown"}
    assert not any(
        torch.is_tensor(value) and value.requires_grad for value in after.values.values()
    )


class run:
    """Run a cell in an emptied namespace and note what it leaves."""

    def __init__(self, shell, source, case):
        shell.reset()
        shell.execution_count = 1
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
        names = {
            "model": model.eval(),
            "x": torch.randn(5, 8),
            "loader": [torch.randn(3, 8) for _ in range(4)],
            "flag": True,
        }
        if case.torch_name is not None:
            names[case.torch_name] = torch
        shell.push(names, interactive=True)
        known = set(shell.user_ns)
        printed = io.StringIO()
        with redirect_stdout(printed):
            # The mark on top belongs to the profiler, which is not loaded here.
            result = shell.run_cell(source.removeprefix("%%torchprof\n"), store_history=True)
        assert result.success, result.error_in_exec or result.error_before_exec
        # Without blanks, times, and the grad_fn, which is what the fix is about.
        self.printed = re.sub(
            r"\s|CPU.*|Wall.*|,\s*grad_fn=<\w+>", "", printed.getvalue(), flags=re.MULTILINE
        )
        self.values = {
            name: value
            for name, value in shell.user_ns.items()
            if (name not in known or name in names) and not name.startswith("_")
        }


def same(one, other) -> bool:
    if torch.is_tensor(one):
        return torch.is_tensor(other) and torch.equal(one, other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (str, int, float, bool, type(None), torch.Size)):
        return one == other
    return type(one).__name__ == type(other).__name__
