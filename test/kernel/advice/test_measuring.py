"""Nothing is offered inside somebody's measurement."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.catalogue import RULES
from jupyterlab_torchprof.advice.engine import advise
from jupyterlab_torchprof.advice.evidence.measuring import measured
from jupyterlab_torchprof.advice.grammar import Finding, Rule
from jupyterlab_torchprof.advice.text.program import Program

IMPORTS = """\
import cProfile, profile, timeit, tracemalloc, torch
import torch.autograd.profiler as autograd_profiler
import torch.utils.benchmark as benchmark
from torch.profiler import ProfilerActivity, profile as watch
from torch.utils.benchmark import Timer
from memory_profiler import memory_usage
"""
BLOCKS = [
    "with watch() as p:\n    y = net(x)",
    "with torch.profiler.profile(record_shapes=True):\n    y = net(x)",
    "with open(f), watch():\n    y = net(x)",
    "with autograd_profiler.profile(use_cuda=True) as p:\n    y = net(x)",
    "p = watch()\nwith p:\n    y = net(x)",
    "p = watch()\np.start()\ny = net(x)\np.stop()",
    "p = cProfile.Profile()\np.enable()\ny = net(x)\np.disable()",
    "tracemalloc.start()\ny = net(x)",
    "y = net(x)\ntracemalloc.stop()",
    "torch.cuda.memory._record_memory_history()\ny = net(x)\n"
    "torch.cuda.memory._record_memory_history(enabled=None)",
    "@watched\n@profile\ndef f():\n    y = net(x)",
    "t = timeit.timeit(lambda:\n    net(x), number=3)",
    "print(\n    timeit.repeat('net(x)', globals=globals()))",
    "Timer(\n'net(x)').timeit(5)",
    "t = Timer('net(x)')\nt.blocked_autorange()",
    "usage = memory_usage(\n    (net, (x,)))",
    "x\n%timeit net(x)",
    "best = %timeit -o net(x)",
    "%prun net(x)",
    "%lprun -f f f(x)",
]


class Speaks(Rule):
    """Of one line."""

    id = "speaks"
    severity = "low"

    def __init__(self, line, alters="lines", code=None) -> None:
        self.line, self.alters, self.code = line, alters, code

    def find(self, case):
        return Finding(
            title="Title.",
            explanation="Explanation.",
            evidence=[],
            remedy=case.by_hand("None.", lines=[self.line], code=self.code),
        )


def is_quiet(records, *args, **more) -> bool:
    return advise(records[-1], records, rules=[Speaks(*args, **more)]) == []


@pytest.mark.parametrize("source", BLOCKS)
def test_lines_under_a_profiler_or_a_timer(build, source):
    record = build.record(f"{source}\nz = net(x)\n")
    history = [build.record(IMPORTS, cell_id="imports"), record]
    called = 1 + next(
        i for i, line in enumerate(source.splitlines()) if "net" in line or "f(x)" in line
    )
    assert called in measured(Program(record, history)).lines
    assert is_quiet(history, called)
    outside = len(source.splitlines()) + 1
    if source != "tracemalloc.start()\ny = net(x)":
        assert not is_quiet(history, outside)


@pytest.mark.parametrize("magic", ["timeit -n 2", "prun", "memit", "lprun -f f"])
def test_cells_under_a_magic(build, magic):
    assert is_quiet([build.record(f"%%{magic}\ny = net(x)")], 2)


@pytest.mark.parametrize(
    "source",
    [
        "%%time\ny = net(x)",
        "%time y = net(x)",
        "with torch.no_grad():\n    y = net(x)",
        "profile = net(x)\nprofile.run(y)",
        "with record_function('part'):\n    y = net(x)",
        "timeit = net(x)",
    ],
)
def test_other_code_is_no_measurement(build, source):
    record = build.record(source, forwards=[build.forwards(2)])
    assert not measured(Program(record, [record]))
    assert not is_quiet([record], 2)


def test_functions_that_are_called_under_a_profiler(build):
    inner = build.record(
        "def inner(x):\n    return net(x)\n\ndef other(x):\n    return net(x)", "a"
    )
    outer = build.record("def outer(x):\n    with watch():\n        return inner(x)", "b")
    run = build.record("a = 1\ny = outer(x)\nz = other(x)", "c")
    records = [build.record(IMPORTS, "i"), inner, outer, run]
    assert is_quiet(records, 2), "it calls what is measured"
    assert is_quiet(records, 2, code=inner)
    assert not is_quiet(records, 5, code=inner)
    assert not is_quiet(records, 1)
    assert not is_quiet(records, 3)


def test_a_profiler_that_only_the_run_has_seen(build):
    record = build.record("with helper():\n    y = net(x)\nz = net(x)")
    record.grad.forwards = [build.forwards(2), build.forwards(3)]
    assert not is_quiet([record], 2)
    record.grad.forwards[0].profiler = "torch.profiler"
    assert is_quiet([record], 2)
    assert not is_quiet([record], 3)


def test_what_a_remedy_would_change_decides(build):
    record = build.record("with watch():\n    y = net(x)\nz = 1")
    record.grad.forwards = [build.forwards(2)]
    history = [build.record(IMPORTS, "i"), record]
    assert is_quiet(history, 3, alters="run"), "other kernels everywhere"
    assert not is_quiet(history, 3, alters="lines")
    assert not is_quiet(history, 2, alters="nothing")


def test_errors_and_leftovers_are_told_anyway():
    told = {rule.id for rule in RULES if rule.alters == "nothing"}
    assert {"input-device-mismatch", "env-cuda-mismatch", "out-cache-tensor"} <= told
