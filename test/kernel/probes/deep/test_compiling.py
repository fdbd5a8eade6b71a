"""What a deep profile tells of ``torch.compile``."""

from __future__ import annotations

import logging
import sys

import pytest
import torch
from jupyterlab_torchprof.deliver.deep import compilation_text
from jupyterlab_torchprof.probes.deep.break_text import GraphBreak, parse_break
from jupyterlab_torchprof.probes.torch_version import version_of
from jupyterlab_torchprof.record import DeepCompilation

pytestmark = [
    pytest.mark.skipif(sys.version_info >= (3, 15), reason="torch.compile knows no newer Python"),
    pytest.mark.filterwarnings("ignore:.*:Warning:torch"),
    # The compiler looks for names of its own in a namespace that was reset since.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TELLS_BREAKS = (version_of(torch) or (99, 0)) >= (2, 6)
TELLS_REASONS = (version_of(torch) or (99, 0)) >= (2, 7)
"""Why a function was compiled again."""
tells_breaks = pytest.mark.skipif(not TELLS_BREAKS, reason="this PyTorch does not tell its breaks")

HELPER = """\
def helper(x):
    print("", end="")
    return x + 1
"""
PROGRAM = """\
torch._dynamo.reset()
class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)
    def forward(self, x):
        y = helper(self.layer(x))
        if y.sum() > 0:
            y = y * 2
        return y.cos()
branches = Branches()
fast = torch.compile(branches, backend="eager")
with torch.no_grad():
    for i in range(9):
        fast(torch.ones(3 + i % 2, 4))
"""


@pytest.fixture
def deep_of(notebook):
    """Runs a cell in depth."""
    notebook.ok("import torch\nfrom torch import nn")

    def run(source):
        notebook.ok("%%torchprof --deep\n" + source)
        assert notebook.profiler.health.entries() == []
        return notebook.profiler.history.last()

    yield run
    # What was compiled goes while the namespace has the names that the compiler gave it.
    notebook.ok(
        "torch._dynamo.reset()\n"
        "for each in ('fast', 'branches', 'Branches', 'helper'): globals().pop(each, None)\n"
        "import gc; _ = gc.collect()"
    )


def handlers() -> list[object]:
    """Who listens to the compiler, but for what PyTorch itself puts there until it has to write."""
    log = logging.getLogger("torch.__trace")
    return [each for each in log.handlers if type(each).__name__ != "LazyTraceHandler"]


@tells_breaks
def test_breaks_stand_on_their_lines_with_what_can_be_done(deep_of):
    before = handlers()
    deep_of(HELPER)
    record = deep_of(PROGRAM)
    assert handlers() == before
    breaks = [each for each in record.deep.compiler if each.kind == "break"]
    at = {record.places[each.place].line: each for each in breaks}
    assert len(at) == len(breaks) == 2, "each line once, however often it was met"
    helper, branch = at.values() if at[min(at)].function == "helper" else reversed(at.values())
    assert record.places[helper.place].function == helper.function == "helper"
    assert record.places[helper.place].source_hash != record.source_hash
    assert "print" in helper.reason
    assert record.places[branch.place].source_hash == record.source_hash
    code = record.source.split("\n")[record.places[branch.place].line - 1]
    assert code.strip() == "if y.sum() > 0:"
    assert branch.reason
    assert branch.seconds is None


def test_what_is_compiled_again_says_why_and_how_long_it_took(deep_of):
    deep_of(HELPER)
    record = deep_of(PROGRAM)
    first = [each for each in record.deep.compiler if each.kind == "compiled"]
    again = [each for each in record.deep.compiler if each.kind == "recompiled"]
    assert first
    assert all(each.seconds > 0 and not each.reason for each in first)
    assert {each.function for each in first} == {"forward", "helper"}
    assert again
    if TELLS_REASONS:
        assert any("size mismatch at index 0" in each.reason for each in again)
    assert all(each.seconds > 0 for each in again)


def test_nothing_is_compiled_or_imported_for_it(deep_of):
    record = deep_of("torch.ones(2) + 1")
    assert record.deep.compiler == []


@tells_breaks
def test_a_compiler_that_is_heard_before_goes_on_being_heard(deep_of):
    record = deep_of(
        HELPER
        + """\
import logging
class Own(logging.Handler):
    def emit(self, record): heard.append(record)
heard, own = [], Own()
log = logging.getLogger("torch.__trace")
log.addHandler(own)
torch._dynamo.reset()
torch.compile(helper, backend="eager")(torch.ones(3))
log.removeHandler(own)
assert heard
"""
    )
    assert [each.kind for each in record.deep.compiler].count("break") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Graph break in user code at <ipython-input-3-ab>:8\n"
            "Reason: Unsupported: generic_jump TensorVariable()\n"
            "User code traceback:\n"
            '  File "<ipython-input-3-ab>", line 8, in forward\n    if y.sum() > 0:\n',
            GraphBreak(
                "<ipython-input-3-ab>",
                8,
                "forward",
                "Unsupported: generic_jump TensorVariable()",
                (),
                None,
            ),
        ),
        (
            "Graph break in user code at /home/a b/net.py:3\n"
            "Graph Break Reason: Encountered graph break when attempting to trace CALL:\n\n"
            "Failed to trace builtin operator\n"
            "  Explanation: Dynamo does not know `print`.\n"
            "  Hint: Avoid it.\n  Hint: Please report an issue to PyTorch.\n\n"
            " For more details, please visit: https://example.org/gb0059.html\n\n"
            "User code traceback:\n"
            '  File "/home/a b/net.py", line 3, in helper\n',
            GraphBreak(
                "/home/a b/net.py",
                3,
                "helper",
                "Dynamo does not know `print`.",
                ("Avoid it.",),
                "https://example.org/gb0059.html",
            ),
        ),
        ("Graph break in user code at x.py:1", GraphBreak("x.py", 1, "", "", (), None)),
        ("Graph break: from user code", None),
        ("", None),
    ],
)
def test_texts_of_breaks(text, told):
    assert parse_break(text) == told


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"kind": "break", "reason": "No `print`."}, "graph break forward: No `print`."),
        (
            {"kind": "recompiled", "reason": "size mismatch", "count": 2, "seconds": 0.31},
            "compiled again forward, 2 times, 310 ms: size mismatch",
        ),
        ({"kind": "recompiled", "seconds": 0.31}, "compiled again forward, 310 ms"),
    ],
)
def test_what_the_compiler_did_in_words(notebook, told, text):
    notebook.ok("2 + 2")
    record = notebook.profiler.history.last()
    one = DeepCompilation(place=None, function="forward", **told)
    assert compilation_text([record], record, one) == text
