"""What holds memory now, which run made it, what grows, and what becomes of it by an action."""

from __future__ import annotations

import gc
import re

import pytest
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.memory import shares
from jupyterlab_torchprof.memory.growing import Growing
from jupyterlab_torchprof.record import Action

MIB = 1 << 20
FREED = re.compile(r"Freed 3[123](\.\d)? MiB of host memory")
"""Or the process keeps it, if it had been taken from what was freed before."""


def test_each_holder_is_named_with_the_run_that_made_it(notebook):
    model = notebook.run("net = nn.Linear(1024, 1024)\nopt = torch.optim.Adam(net.parameters())")
    data = notebook.run("data = {'x': torch.ones(4 << 20)}")
    trained = notebook.run(
        "net(torch.ones(2, 1024)).sum().backward()\nopt.step()\nkept = net(torch.ones(4096, 1024))"
    )
    holders = {(one.kind, one.name): one for one in notebook.host.holders}
    assert holders["parameters", "net"].held_bytes == (1024 * 1024 + 1024) * 4
    assert holders["parameters", "net"].made_count == model
    assert holders["gradients", "net"].made_count == trained
    assert holders["optimizer_state", "opt"].held_bytes >= 8 * MIB
    assert holders["optimizer_state", "opt"].made_count == trained
    assert holders["tensors", "data"].held_bytes == 16 * MIB
    assert holders["tensors", "data"].made_count == data
    assert holders["tensors", "kept"].what == "Tensor [4096, 1024]"
    assert holders["graphs", "kept"].made_count == trained
    total = sum(one.held_bytes for one in notebook.host.holders)
    assert total == pytest.approx(notebook.host.used_bytes, abs=2 * MIB)


def test_what_a_run_made_is_followed_to_the_run_that_let_it_go(notebook):
    made = notebook.run("cache = [torch.ones(MIB) for MIB in [1 << 20] * 3]")
    assert notebook.made(made).alive_bytes == 12 * MIB
    assert notebook.made(made).names == ["cache"]
    freed = notebook.run("del cache[0]")
    # A storage that is made anew may stand where the old one stood.
    notebook.run("other = torch.ones(1 << 20)")
    assert notebook.made(made).alive_bytes == 8 * MIB
    assert notebook.made(made).freed == {str(freed): 4 * MIB}
    assert notebook.holder("tensors", "other").made_count == freed + 1


def test_a_model_that_was_bound_again_is_another(notebook):
    first = notebook.run("net = nn.Linear(1024, 1024)")
    second = notebook.run("net = nn.Linear(1024, 1024)")
    assert notebook.holder("parameters", "net").made_count == second
    assert notebook.made(first).alive_bytes == 0


def test_a_copy_that_is_none_and_a_small_view_of_much(notebook):
    notebook.run("net = nn.Linear(1024, 1024)\nbest = net.state_dict()\nimport copy")
    notebook.run("real = copy.deepcopy(net.state_dict())\nrow = torch.ones(4096, 1024)[0]")
    best = notebook.holder("tensors", "best")
    assert (best.held_bytes, best.shares_with) == (0, "net")
    assert notebook.holder("tensors", "real").shares_with is None
    row = notebook.holder("tensors", "row")
    assert (row.held_bytes, row.shown_bytes) == (16 * MIB, 4096)


def test_attributes_are_told_as_they_are_written(notebook):
    notebook.run(
        "class Trainer:\n"
        "    def __init__(self):\n"
        "        self.log = []\n"
        "        self.last = torch.ones(1 << 20)\n"
        "t = Trainer()\n"
        "t.log += [torch.ones(1 << 10) for _ in range(2000)]"
    )
    assert notebook.holder("tensors", "t.log").held_bytes == 2000 * 4096
    assert notebook.holder("tensors", "t.log").what == "2,000 tensors"
    assert notebook.holder("tensors", "t.last").held_bytes == 4 * MIB
    assert notebook.holder("tensors", "t.last").action is None


def test_small_variables_are_one_row(notebook):
    notebook.run("for i in range(100): globals()[f'v{i}'] = torch.ones(1 << 14)")
    assert notebook.holder("tensors").what == "100 tensors"
    assert notebook.holder("tensors").held_bytes == 100 << 16


def test_rows_are_made_of_what_is_shown_only(notebook, monkeypatch):
    made: list[str] = []
    original = shares._of_tensors

    def counted(kept, *rest):
        made.append(kept.path)
        return original(kept, *rest)

    monkeypatch.setattr(shares, "_of_tensors", counted)
    notebook.run("for i in range(100): globals()[f'v{i}'] = torch.ones(1 << 18)")
    assert len(made) == 40
    told = sum(one.held_bytes for one in notebook.host.holders)
    hidden = 100 - sum(one.kind == "tensors" for one in notebook.host.holders)
    assert notebook.host.used_bytes - told == pytest.approx(hidden * MIB, abs=MIB // 2)


def test_a_variable_that_changes_in_place_is_told_as_it_is(notebook):
    notebook.run("x = torch.ones(1, 1 << 20)")
    notebook.run("x.squeeze_();")
    assert notebook.holder("tensors", "x").what == "Tensor [1048576]"
    changed = notebook.run("x.set_(torch.ones(2 << 20));")
    share = notebook.holder("tensors", "x")
    assert (share.held_bytes, share.made_count) == (8 * MIB, changed)
    notebook.run("y, x = x, torch.ones(1 << 20)")
    assert notebook.holder("tensors", "y").held_bytes == 8 * MIB
    assert notebook.holder("tensors", "x").held_bytes == 4 * MIB


def test_deleting_is_offered_and_the_row_goes_at_once(notebook):
    made = notebook.run("cache = torch.ones(8 << 20)")
    action = notebook.holder("tensors", "cache").action
    assert (action.kind, action.title, action.targets) == (
        "delete_names",
        "Delete cache",
        ["cache"],
    )
    assert FREED.match(notebook.act(action).message)
    assert notebook.holder("tensors", "cache") is None
    assert notebook.made(made).freed == {"": 32 * MIB}


def test_other_rows_stay_when_one_goes(notebook):
    notebook.run("net = nn.Linear(1024, 1024)\nkept = net(torch.ones(4096, 1024))")
    notebook.run("cache = torch.ones(8 << 20)")
    notebook.run("torch.ones(2 << 20)")
    before = {(one.kind, one.name) for one in notebook.host.holders}
    notebook.act(notebook.holder("tensors", "cache").action)
    after = {(one.kind, one.name) for one in notebook.host.holders}
    assert before - after <= {("tensors", "cache"), ("freed", None)}
    assert ("graphs", "kept") in after
    count = notebook.holder("outputs", f"Out[{max(notebook.shell.user_ns['_oh'])}]").made_count
    notebook.act(notebook.holder("outputs", f"Out[{count}]").action)
    assert notebook.holder("outputs", f"Out[{count}]") is None


def test_a_model_whose_optimizer_holds_its_parameters_says_so(notebook):
    notebook.run("net = nn.Linear(1024, 1024)\nopt = torch.optim.SGD(net.parameters(), 0.1)")
    assert "`opt` holds the parameters" in notebook.holder("parameters", "net").action.description


def test_the_last_error_holds_what_its_frames_hold(notebook):
    notebook.run(
        "def f():\n    big = torch.ones(4 << 20)\n    raise ValueError\nf()",
        fails=True,
    )
    share = next(one for one in notebook.host.holders if one.kind == "traceback")
    assert share.held_bytes == 16 * MIB
    notebook.act(share.action)
    assert not any(one.kind == "traceback" for one in notebook.host.holders)


def test_growth_needs_three_runs_of_the_cell_one_after_the_other(notebook):
    notebook.run("log = []", "start")
    for expected in (None, None, (4 * MIB, 3), (4 * MIB, 4)):
        notebook.run("log.append(torch.ones(1 << 20))", "grows")
        growth = notebook.holder("tensors", "log").growth
        assert (growth and (growth.grown_bytes, growth.runs)) == expected
    assert growth.cell_id == "grows"
    notebook.run("log.clear(); log.append(torch.ones(1 << 20))", "grows")
    assert notebook.holder("tensors", "log").growth is None


def test_growing_forgets_cells():
    growing: Growing[str] = Growing(least=1)
    for number in range(1000):
        growing.look(f"cell {number}", {"x": number << 20})
    assert growing.of("x") is None
    assert len(growing._by_cell) <= 200


def test_cycles_are_collected_and_named(notebook):
    notebook.run(
        "class Node: pass\n"
        "node = Node(); node.itself = node; node.data = torch.ones(8 << 20)\n"
        "import gc; gc.disable()\n"
        "del node"
    )
    try:
        garbage = list(gc.garbage)
        done = notebook.act(Action(kind="collect_garbage", title="", description=""))
        assert FREED.match(done.message)
        assert "1 Node" in done.message
        assert gc.garbage == garbage
        done = notebook.act(Action(kind="collect_garbage", title="", description=""))
        assert "Node" not in done.message
    finally:
        gc.enable()


def test_freed_memory_that_the_process_keeps_is_told_and_given_back(notebook, monkeypatch):
    from jupyterlab_torchprof.memory.host import can_trim, freed_bytes

    if not can_trim() or freed_bytes() is None:
        pytest.skip("this C library does not tell")
    monkeypatch.setattr("jupyterlab_torchprof.memory.host._PAUSE_S", 0.0)
    notebook.run("things = [bytes(50_000) for _ in range(2000)]\nlast = bytes(50_000)")
    notebook.run("del things")
    freed = notebook.holder("freed")
    assert freed is not None
    assert freed.held_bytes > 60 * MIB
    done = notebook.act(freed.action)
    assert done.freed_bytes["host"] > 30 * MIB
    assert notebook.holder("freed") is None


def test_nothing_is_kept_alive(notebook):
    import weakref

    notebook.run("net = nn.Linear(1024, 1024)\nbig = torch.ones(4 << 20)")
    held = [weakref.ref(notebook.shell.user_ns[name]) for name in ("net", "big")]
    notebook.run("del net, big")
    assert [reference() for reference in held] == [None, None]


def test_without_torch_nothing_is_told(shell, monkeypatch):
    monkeypatch.setattr("jupyterlab_torchprof.probes.objects.survey.imported_torch", lambda: None)
    profiler = load(shell)
    try:
        shell.run_cell("1", store_history=True)
        assert profiler.session().memory_now is None
    finally:
        unload(shell)
