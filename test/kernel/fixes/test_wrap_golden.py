"""The wrap fix on its golden cells: what is true of it beside what is true of every fix."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout

import pytest
import torch
from adapters.inference import forward_lines, wrapped
from generic import golden
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.wrap import CannotFix, wrap_no_grad

FIXABLE = list(golden("out.py", "no-grad-inference"))


@pytest.fixture(params=FIXABLE, ids=lambda case: case.folder.name)
def fixable(request):
    return request.param


def test_only_insertions(fixable):
    source = fixable.read("in.py")
    result = wrapped(source, **fixable.options)
    assert set(fixable.options.get("lines", forward_lines(source))) <= set(result.lines)
    assert all(edit.cell_id == "cell" for edit in result.fix.edits)
    assert all(edit.start == edit.end and edit.new_text for edit in result.fix.edits), (
        "nothing of the user's text is replaced"
    )


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
    source = fixable.read("in.py").replace("\n", "\r\n")
    fixed = apply_edits(source, wrapped(source, **fixable.options).fix.edits)
    assert fixed == fixable.read("out.py").replace("\n", "\r\n")


def test_no_line_ending_at_the_end(fixable):
    source = fixable.read("in.py").rstrip("\n")
    fixed = apply_edits(source, wrapped(source, **fixable.options).fix.edits)
    assert fixed == fixable.read("out.py").rstrip("\n")


def test_a_fixed_cell_is_not_fixed_again(fixable):
    fixed = fixable.read("out.py")
    for line in forward_lines(fixed):
        with pytest.raises(CannotFix, match="sets the grad mode"):
            wrapped(fixed, **{**fixable.options, "lines": [line]})


def test_the_program_does_the_same(fixable, shell):
    torch_name = fixable.options.get("torch_name", "torch")
    before = run(shell, fixable.read("in.py"), torch_name)
    after = run(shell, fixable.read("out.py"), torch_name)
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

    def __init__(self, shell, source, torch_name):
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
        if torch_name is not None:
            names[torch_name] = torch
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
