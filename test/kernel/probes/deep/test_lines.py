"""Which lines operators and their backwards belong to."""

from __future__ import annotations

import sys

import pytest
from jupyterlab_torchprof.probes.deep.collector import Collector

SETUP = """\
import torch
from torch import nn
torch.set_num_threads(1)
"""
NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.small, self.large = nn.Linear(64, 64), nn.Linear(64, 64)

    def forward(self, x):
        h = self.small(x)
        h = h + x
        return self.large(h) @ self.large.weight

net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(512, 64)

def penalty():
    return sum(p.square().sum() for p in net.parameters())
"""
TRAIN = """\
%%torchprof --deep --steps 4
for _ in range(12):
    loss = net(x).square().mean()
    loss = loss + 1e-3 * penalty()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def places(record, lines):
    return {
        (record.places[line.place].function, record.places[line.place].line): line for line in lines
    }


def deep_of(notebook, source):
    notebook.ok(source)
    record = notebook.profiler.history.last()
    assert record is not None and record.deep is not None
    assert notebook.profiler.health.entries() == []
    return record, record.deep


def test_a_loop_that_trains(notebook, capsys):
    notebook.ok(SETUP)
    notebook.ok(NET)
    record, deep = deep_of(notebook, TRAIN)
    assert (len(deep.steps), deep.window.whole_steps, deep.window.cut) == (4, True, None)
    assert deep.window.steps_seen == 7  # three that warm up
    assert 0 < deep.window.begin_s < deep.window.end_s <= record.duration_s + 0.01
    lines = places(record, deep.lines)
    assert lines["Net.forward", 7].calls == 4
    assert lines["Net.forward", 7].flops == 4 * 3 * 2 * 512 * 64 * 64 - 4 * 2 * 512 * 64 * 64
    assert lines["Net.forward", 8].calls == 4  # no function is called, and it is there
    assert lines["Net.forward", 9].calls == 8
    assert lines["Net.forward", 9].backward_s > 0
    assert lines["penalty", 16].backward_s > 0
    assert lines[None, 6].backward_s == 0  # who calls a backward does not cause it
    assert lines[None, 7].operators_s > 0


def test_phases_add_up_to_the_step(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    _record, deep = deep_of(notebook, TRAIN)
    for step in deep.steps:
        assert sum(step.phases.values()) == pytest.approx(step.duration_s)
        assert all(step.phases[name] > 0 for name in ("forward", "backward", "optimizer"))
    whole = sum(step.duration_s for step in deep.steps)
    assert whole == pytest.approx(deep.window.end_s - deep.window.begin_s, rel=0.01)
    assert sum(line.host_s for line in deep.lines) <= whole * 1.001
    assert deep.idle_s <= whole
    own = sum(each.self_s for each in deep.operators)
    assert own == pytest.approx(deep.operators_s)
    assert sum(each.flops or 0 for each in deep.operators) == deep.flops
    roots = [node for node in deep.tree if node.parent is None]
    assert sum(node.total_s for node in roots) == pytest.approx(deep.operators_s, rel=0.05)
    for index, node in enumerate(deep.tree):
        below = sum(each.total_s for each in deep.tree if each.parent == index)
        assert below <= node.total_s * 1.001
    named = {node.name for node in deep.tree if node.kind == "module"}
    assert {"Net.small", "Net.large"} <= named
    modules = {module.name: module for module in deep.modules}
    assert {"Net", "Net.small", "Net.large"} <= modules.keys()
    assert modules["Net.small"].backward_s > 0


def test_backwards_of_checkpoints_are_never_on_a_wrong_line(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    record, deep = deep_of(
        notebook,
        """\
%%torchprof --deep --steps 2
from torch.utils.checkpoint import checkpoint
for _ in range(6):
    h = checkpoint(net.small, x.requires_grad_(), use_reentrant=False)
    loss = net.large(h).square().mean()
    loss.backward()
    optimizer.step()
""",
    )
    lines = places(record, deep.lines)
    assert lines[None, 5].backward_s > 0
    assert lines[None, 6].backward_s == 0
    # Nothing was started or stopped within a backward, which would bring the old one back.
    collector = Collector(sys.modules["torch"])
    collector.start()
    notebook.ok("torch.ones(3) + 1")
    assert [each.name for each in collector.stop().operators].count("aten::add") == 1


def test_a_cell_without_a_loop(notebook):
    notebook.ok(SETUP)
    record, deep = deep_of(
        notebook,
        "%%torchprof --deep\na = torch.randn(300, 300)\nb = a @ a\nc = [b + a for _ in '123']",
    )
    assert not deep.window.whole_steps
    lines = places(record, deep.lines)
    assert lines[None, 3].flops == 2 * 300**3
    assert lines[None, 4].calls == 3
    assert len(deep.steps) == 1


def test_predictions_are_steps_too(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    _record, deep = deep_of(
        notebook,
        "%%torchprof --deep --steps 2\n"
        "with torch.no_grad():\n    for _ in range(9):\n        y = net(x)",
    )
    assert len(deep.steps) == 2
    assert deep.window.whole_steps


def test_results_and_hooks_are_as_without(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    hooks = sys.modules["torch.optim.optimizer"]._global_optimizer_post_hooks
    call = sys.modules["torch"].nn.Module._wrapped_call_impl
    before, code = dict(hooks), call.__code__
    prepare = sys.modules["torch"].autograd.profiler.profile._prepare_trace
    notebook.ok("torch.manual_seed(1); w = [p.clone() for p in net.parameters()]")
    notebook.ok(TRAIN)
    notebook.ok("one = [p.clone() for p in net.parameters()]; r1 = torch.get_rng_state()")
    notebook.ok(
        "torch.manual_seed(1)\n"
        "with torch.no_grad():\n    for p, q in zip(net.parameters(), w): p.copy_(q)"
    )
    notebook.ok(TRAIN.partition("\n")[2])
    notebook.ok(
        "assert all(torch.equal(a, b) for a, b in zip(one, net.parameters()))\n"
        "assert torch.equal(r1, torch.get_rng_state())"
    )
    assert sys.gettrace() is None or "jupyterlab" not in repr(sys.gettrace())
    assert dict(hooks) == before
    assert call.__code__ is code
    assert sys.modules["torch"].autograd.profiler.profile._prepare_trace is prepare


def test_the_programs_own_profiler_goes_first(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    _record, deep = deep_of(
        notebook,
        """\
%%torchprof --deep
y = net(x)
with torch.autograd.profiler.profile(use_kineto=True) as own:
    y = net(x)
names = [event.name() for event in own.kineto_results.events()]
assert names.count("aten::linear") == 2, names
""",
    )
    assert deep.window.cut == "user_profiler"
    assert any(each.name == "aten::linear" and each.calls == 2 for each in deep.operators)


@pytest.mark.parametrize("source", ["1 / 0", "raise KeyboardInterrupt", "import sys; sys.exit()"])
def test_nothing_stays_when_the_cell_fails(notebook, source):
    notebook.ok(SETUP)
    notebook.run(f"%%torchprof --deep\na = torch.ones(3) + 1\n{source}")
    record = notebook.profiler.history.last()
    assert record.deep is not None
    assert not sys.modules["torch"].autograd._profiler_enabled()


def test_a_debugger_goes_first(notebook):
    notebook.ok(SETUP)
    before = sys.gettrace()
    sys.settrace(lambda *_args: None)
    try:
        _record, deep = deep_of(notebook, "%%torchprof --deep\na = torch.ones(3) + 1")
    finally:
        sys.settrace(before)
    assert not deep.lines_known
    assert deep.lines == []
    assert any(each.name == "aten::add" for each in deep.operators)


def test_nothing_is_recorded_without_being_asked(notebook):
    notebook.ok(SETUP)
    notebook.ok("%%torchprof\na = torch.ones(3)")
    assert notebook.profiler.history.last().deep is None


def test_a_marked_cell_from_code_and_a_wrong_argument(notebook, capsys):
    notebook.ok(SETUP)
    notebook.ok(
        "get_ipython().run_cell_magic('torchprof', '--deep --steps 2', 'a = torch.ones(3) + 1')"
    )
    assert notebook.profiler.history.last().deep is None  # what a cell runs is a part of it
    notebook.run("%%torchprof --deeper\nb = 1")
    assert "--deep [--steps N]" in capsys.readouterr().err
    assert "b" not in notebook.shell.user_ns


def test_it_is_compared_with_no_run(notebook):
    notebook.ok(SETUP)
    cell = "rows = [torch.ones(1000, 100) for _ in range(3)]"
    notebook.shell.run_cell(cell, store_history=True, cell_id="c")
    notebook.shell.run_cell(f"%%torchprof --deep\n{cell}", store_history=True, cell_id="c")
    assert notebook.profiler.history.last().verification == []


def test_a_cell_that_imports_torch_itself(kernel):
    reply = kernel.run(
        "%%torchprof --deep\nimport torch\na = torch.randn(50, 50)\nb = a @ a\nc = b + 1"
    )
    assert reply.content["status"] == "ok"
    assert not [m for m in reply.messages if m["msg_type"] == "stream"], "nothing is printed"
    (shown,) = [m for m in reply.messages if m["msg_type"] == "display_data"]
    (record,) = next(
        value["cells"] for name, value in shown["content"]["data"].items() if "torchprof" in name
    )
    lines = {record["places"][line["place"]]["line"]: line for line in record["deep"]["lines"]}
    assert lines[4]["flops"] == 2 * 50**3
    assert lines[5]["calls"] == 1


def test_a_tight_loop_of_pythons_is_told_of_its_first_lines_only(notebook):
    notebook.ok(SETUP)
    record, deep = deep_of(
        notebook,
        "%%torchprof --deep\n"
        "def count():\n"
        "    n = 0\n"
        "    for i in range(400_000):\n"
        "        n += i\n"
        "count()\n"
        "a = torch.ones(3) + 1",
    )
    lines = places(record, deep.lines)
    told = lines["count", 4].host_s + lines["count", 5].host_s
    assert 0 < told < record.duration_s
    assert lines[None, 7].calls == 2
    assert sum(line.host_s for line in deep.lines) < record.duration_s


def test_workers_of_a_loader_are_not_traced(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    notebook.ok(
        """\
class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 96

    def __getitem__(self, index):
        import sys
        return torch.full((64,), float(sys.gettrace() is not None))
"""
    )
    record, deep = deep_of(
        notebook,
        """\
%%torchprof --deep --steps 2
traced = 0
for batch in torch.utils.data.DataLoader(Numbers(), batch_size=8, num_workers=1):
    traced += batch.sum().item()
    net(batch).sum().backward()
    optimizer.step()
assert traced == 0
""",
    )
    assert record.status == "ok"
    assert len(deep.steps) == 2
    assert all(step.phases["data"] > 0 for step in deep.steps)


def test_memory_at_the_peak_belongs_to_the_lines_that_made_it(notebook):
    notebook.ok(SETUP)
    notebook.ok(NET)
    record, deep = deep_of(
        notebook,
        """\
%%torchprof --deep --steps 3
for _ in range(9):
    wide = torch.empty(1 << 20)
    wider = wide * 2
    del wide
    net(x).square().mean().backward()
    del wider
    optimizer.step()
""",
    )
    (host,) = deep.memory
    assert host.device == "cpu"
    assert deep.window.begin_s <= host.peak_s <= deep.window.end_s
    held = {
        (record.places[each.place].line, each.phase): each.held_bytes
        for each in host.held
        if each.place is not None
    }
    assert held[3, "other"] == 4 << 20
    assert held[4, "other"] == pytest.approx(4 << 20, abs=1000)
    # What makes no node is none of a forward, though it bears the number of the next.
    rows = [each for each in deep.operators if each.name == "aten::mul" and each.calls == 3]
    assert "other" in {each.phase for each in rows}
    assert host.peak_bytes >= 8 << 20
    assert sum(each.held_bytes for each in host.held) == pytest.approx(host.peak_bytes, rel=0.01)
    assert host.end_bytes < 1 << 20  # each step frees what it made
