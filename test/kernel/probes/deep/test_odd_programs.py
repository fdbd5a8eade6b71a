"""Programs whose steps, lines or profilers are not those of a plain loop."""

from __future__ import annotations

import subprocess
import sys

import pytest

SETUP = """\
import torch
from torch import nn
torch.set_num_threads(1)
net = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 64))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
x, criterion = torch.randn(256, 64), nn.MSELoss()
"""
DEEP = "%%torchprof --deep --steps 3\n"


@pytest.fixture
def deep_of(notebook):
    """Runs a cell in depth, and holds it to leave nothing behind."""
    notebook.ok(SETUP)

    def run(source):
        notebook.ok(DEEP + source)
        assert notebook.profiler.health.entries() == []
        assert not sys.modules["torch"].autograd._profiler_enabled()
        return notebook.profiler.history.last()

    return run


def calls(record, name):
    return sum(each.calls for each in record.deep.operators if each.name == name)


def lines(record):
    return {record.places[line.place].line: line for line in record.deep.lines}


def test_a_loss_that_is_a_module_begins_no_step(deep_of):
    record = deep_of(
        "with torch.no_grad():\n    for _ in range(20):\n        loss = criterion(net(x), x)"
    )
    assert len(record.deep.steps) == 3
    assert calls(record, "aten::linear") == 3 * 2
    assert calls(record, "aten::mse_loss") == 3


def test_a_step_with_two_optimizers_is_one(deep_of):
    record = deep_of("""\
critic = nn.Linear(64, 1)
other = torch.optim.SGD(critic.parameters(), lr=0.01)
for _ in range(9):
    made = net(x)
    (critic(x).mean() - critic(made.detach()).mean()).backward()
    other.step()
    critic(made).mean().backward()
    optimizer.step()
""")
    assert len(record.deep.steps) == 3
    assert calls(record, "Optimizer.step#SGD.step") == 3 * 2
    assert calls(record, "aten::linear") == 3 * (2 + 3)
    assert all(step.phases["optimizer"] > 0 for step in record.deep.steps)


def test_another_optimizer_counts_once_the_first_steps_no_more(deep_of):
    record = deep_of("""\
first = torch.optim.SGD(net.parameters(), lr=0.01)
net(x).mean().backward()
first.step()
for _ in range(9):
    net(x).mean().backward()
    optimizer.step()
""")
    assert (len(record.deep.steps), record.deep.window.whole_steps) == (3, True)


def test_names_that_a_program_gives_to_its_parts_hide_nothing(deep_of):
    record = deep_of("""\
from torch.profiler import record_function
for _ in range(9):
    with record_function("step"):
        loss = net(x).square().mean()
        loss.backward()
        optimizer.step()
        after = x + 1
""")
    assert len(record.deep.steps) == 3
    for step in record.deep.steps:
        assert all(step.phases[name] > 0 for name in ("forward", "backward", "optimizer"))
    assert calls(record, "step") == 0
    assert calls(record, "aten::add") == 3
    assert lines(record)[5].calls == 3 * (3 + 2)
    whole = sum(step.duration_s for step in record.deep.steps)
    assert record.deep.operators_s <= whole


@pytest.mark.parametrize("kind", ["LBFGS(net.parameters(), max_iter=3)", "SGD(net.parameters())"])
def test_what_a_closure_does_is_not_the_optimizers(deep_of, kind):
    record = deep_of(f"""\
import time
optimizer = torch.optim.{kind}
def closure():
    optimizer.zero_grad()
    loss = (net(x) - x).square().mean()
    time.sleep(0.01)
    loss.backward()
    return loss
for _ in range(9):
    optimizer.step(closure)
""")
    assert len(record.deep.steps) == 3
    for step in record.deep.steps:
        assert all(step.phases[name] > 0 for name in ("forward", "backward", "optimizer"))
        assert step.phases["other"] > 0.01
        assert sum(step.phases.values()) == pytest.approx(step.duration_s)
    phases = {(each.name, each.phase) for each in record.deep.operators}
    assert ("aten::linear", "forward") in phases
    assert ("aten::linear", "optimizer") not in phases
    for line in record.deep.lines:
        assert line.operators_s <= line.host_s


def test_lines_are_not_told_where_another_took_the_tracing_over(deep_of):
    record = deep_of("""\
import sys
for i in range(9):
    y = net(x)
    if i == 4:
        sys.settrace(None)
    y.square().mean().backward()
    optimizer.step()
""")
    assert not record.deep.lines_known
    assert record.deep.lines == []
    assert all(each.place is None for each in record.deep.operators)


SECOND_THREAD = """\
import os, threading
from torch.autograd.profiler import profile

def profiled():
    try:
        profile(use_kineto=True).__enter__()
    except RuntimeError:
        print("refused", flush=True)

profile(use_kineto=True).__enter__()
thread = threading.Thread(target=profiled)
thread.start()
thread.join()
os._exit(0)  # newer versions of PyTorch would crash when the first ends
"""


def refuses_a_second_thread() -> bool:
    """Whether PyTorch itself, as 2.4 does, lets one thread profile at a time only."""
    done = subprocess.run(
        [sys.executable, "-c", SECOND_THREAD], capture_output=True, text=True, check=True
    )
    return "refused" in done.stdout


def test_a_profiler_of_another_thread_goes_first(notebook, deep_of):
    notebook.shell.user_ns["is_refused"] = refuses_a_second_thread()
    deep_of("""\
import threading
def profiled():
    try:
        with torch.autograd.profiler.profile(use_kineto=True) as own:
            x + 1
    except RuntimeError:
        assert is_refused
    else:
        names.extend(event.name() for event in own.kineto_results.events())
names = []
thread = threading.Thread(target=profiled)
y = net(x)
thread.start()
thread.join()
y = net(x)
assert names.count("aten::add") == (not is_refused)
""")
    record = deep_of("z = x + 1")
    assert calls(record, "aten::add") == 1


def test_the_first_user_line_within_the_loading_of_data(deep_of):
    record = deep_of("""\
import pytest  # stands for a library
class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 64
    def __getitem__(self, index):
        return torch.randn(64)
def fit(loader):
    exec(compile('''
for batch in loader:
    net(batch).square().mean().backward()
    optimizer.step()
''', pytest.__file__, "exec"), {"loader": loader, "net": net, "optimizer": optimizer})
fit(torch.utils.data.DataLoader(Numbers(), batch_size=8))
""")
    assert len(record.deep.steps) == 3
    assert all(step.phases["data"] > 0 for step in record.deep.steps)


def test_a_trace_sees_nothing_of_it(deep_of):
    record = deep_of("""\
from torch.fx.experimental.proxy_tensor import make_fx
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    traced = torch.jit.trace(net, x)
graph = make_fx(net)(x)
assert not [n for n in graph.graph.nodes if "profiler" in str(n.target)]
assert "profiler" not in str(traced.graph) and torch.equal(traced(x), net(x))
""")
    assert all("profiler" not in each.name for each in record.deep.operators)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_short_loop_is_told_as_far_as_it_goes(deep_of, count):
    record = deep_of(f"""\
for _ in range({count}):
    net(x).square().mean().backward()
    optimizer.step()
""")
    assert record.deep.window.whole_steps == (count == 4)
    assert calls(record, "Optimizer.step#SGD.step") == (1 if count == 4 else count)
    assert calls(record, "aten::mean") == (1 if count == 4 else count)
    begin, end = record.deep.window.begin_s, record.deep.window.end_s
    told = sum(step.duration_s for step in record.deep.steps)
    assert 0 < told <= end - begin + 0.01


def test_code_of_a_compiler_has_no_lines(deep_of, tmp_path):
    (tmp_path / "made.py").write_text("def call(net, x):\n    return net(x)\n", "utf-8")
    record = deep_of(f"""\
made = {{"__name__": "torch._inductor.made"}}
path = {str(tmp_path / "made.py")!r}
exec(compile(__import__("pathlib").Path(path).read_text(), path, "exec"), made)
for _ in range(3):
    y = made["call"](net, x)
""")
    assert {record.places[line.place].kind for line in record.deep.lines} == {"cell"}
    assert lines(record)[6].calls > 0


def test_forwards_of_one_step_may_be_many(deep_of):
    record = deep_of("""\
for index in range(16 * 7):
    (net(x).square().mean() / 16).backward()
    if index % 16 == 15:
        optimizer.step()
        optimizer.zero_grad()
""")
    assert len(record.deep.steps) == 3
    assert calls(record, "Optimizer.step#SGD.step") == 3
    assert calls(record, "aten::linear") == 3 * 16 * 2


def test_where_no_optimizer_steps_no_more_steps_are_told_than_asked_for(deep_of):
    record = deep_of("""\
for index in range(40):
    net(x).square().mean().backward()
    with torch.no_grad():
        for each in net.parameters():
            each -= 0.01 * each.grad
            each.grad = None
""")
    assert (len(record.deep.steps), record.deep.window.whole_steps) == (3, True)
    assert calls(record, "aten::linear") == 3 * 2


EVALUATED = """\
with torch.no_grad():
    for _ in range(15):
        loss = criterion(net(x), x)
for _ in range(12):
    optimizer.zero_grad()
    criterion(net(x), x).backward()
    optimizer.step()
"""


def test_a_training_after_an_evaluation_is_recorded(deep_of):
    record = deep_of(EVALUATED)
    deep = record.deep
    assert (len(deep.steps), deep.window.whole_steps, deep.window.cut) == (3, True, None)
    assert calls(record, "aten::mse_loss") == 3
    assert calls(record, "aten::addmm") == 3 * 2
    found = lines(record)
    assert deep.lines_known
    assert set(found) == {5, 6, 7, 8}
    assert found[7].backward_s > 0
    assert all(step.phases.get("optimizer", 0) > 0 for step in deep.steps)
    assert any(module.name == "Sequential.0" for module in deep.modules)


def test_the_same_in_a_function(deep_of):
    source = "def work():\n" + "".join(f"    {line}\n" for line in EVALUATED.splitlines())
    record = deep_of(source + "work()")
    assert (len(record.deep.steps), record.deep.window.whole_steps) == (3, True)
    assert {record.places[line.place].line for line in record.deep.lines} >= {6, 7, 8, 9}
    assert calls(record, "aten::mse_loss") == 3


def test_an_evaluation_alone_is_told_as_ever(deep_of):
    record = deep_of("with torch.no_grad():\n    for _ in range(15):\n        net(x)")
    assert (len(record.deep.steps), record.deep.window.whole_steps) == (3, True)
    assert calls(record, "aten::addmm") == 3 * 2


def test_a_recording_that_is_not_wanted_any_more_ends(notebook):
    notebook.ok(SETUP)
    profiler = notebook.profiler
    notebook.shell.user_ns["end"] = lambda: profiler._run and profiler._run.end_deep()
    notebook.ok(
        DEEP + "for i in range(20):\n    criterion(net(x), x).backward()\n    optimizer.step()\n"
        "    if i == 4:\n        end()"
    )
    record = notebook.profiler.history.last()
    assert notebook.profiler.health.entries() == []
    assert record.deep.window.cut == "stopped"
    assert 0 < len(record.deep.steps) < 3
    assert not sys.modules["torch"].autograd._profiler_enabled()
