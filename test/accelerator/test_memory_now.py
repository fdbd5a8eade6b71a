"""What holds a device's memory: each byte once, and the same lot whoever has it at the moment."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.messages import RunAction
from jupyterlab_torchprof.record import Action
from traitlets.config import Config

MIB = 1 << 20
NET = "net = nn.Sequential(nn.Linear(1024, 1024), nn.Linear(1024, 1024)).to(device)\n"
TRAIN = "net(torch.ones(4, 1024, device=device)).sum().backward()\nopt.step()\n"
ADAM = "opt = torch.optim.Adam(net.parameters())\n"
SIDE = (1024 * 1024 + 1024) * 4
"""Bytes of one layer."""


class Holding:
    """Runs cells and looks at what holds the memory of a device."""

    def __init__(self, shell, profiler, device):
        self.shell, self.profiler, self.device = shell, profiler, device

    def run(self, source):
        result = self.shell.run_cell(source, store_history=True, cell_id="cell")
        assert result.success
        return result.execution_count

    def rows(self, device=None):
        """Bytes by kind and name; they never add up to more than there is."""
        now = self.profiler.session().memory_now.devices
        (memory,) = [one for one in now if one.device == (device or self.device)]
        held = [one for one in memory.holders if one.kind not in ("cached", "other_processes")]
        assert sum(one.held_bytes for one in held) <= memory.used_bytes
        return {(one.kind, one.name): one for one in held}

    def bytes(self, device=None):
        return {place: one.held_bytes for place, one in self.rows(device).items()}

    def made(self, count):
        made = self.profiler.session().memory_now.made
        return next(
            one for one in made if (one.execution_count, one.device) == (count, self.device)
        )


@pytest.fixture
def holding(device, notebook):
    notebook.close()
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell(config=config)
    shell.user_ns["device"] = device
    profiler = load(shell)
    holding = Holding(shell, profiler, device)
    holding.run("import torch\nfrom torch import nn")
    yield holding
    shell.reset()
    unload(shell)
    assert not profiler.health.entries()


def test_a_layer_that_was_a_variable_before_its_model_counts_once(holding):
    holding.run(f"head = None\n{NET}head = net[0]\n{ADAM}{TRAIN}")
    assert holding.bytes() == {
        ("parameters", "net"): 2 * SIDE,
        ("gradients", "net"): 2 * SIDE,
        ("optimizer_state", "opt"): 4 * SIDE,
        ("parameters", "head"): 0,
    }
    assert holding.rows()["parameters", "head"].shares_with == "net"
    assert "No memory is freed" in holding.rows()["parameters", "head"].action.description


def test_models_that_share_a_layer_count_it_once(holding):
    holding.run(f"{NET}other = nn.Sequential(net[0], nn.Linear(1024, 1024).to(device))")
    assert holding.bytes() == {("parameters", "net"): 2 * SIDE, ("parameters", "other"): SIDE}
    assert "`other` has of the same memory" in (
        holding.rows()["parameters", "net"].action.description
    )


def test_gradients_of_a_model_on_two_devices_are_found(holding, second_device):
    holding.run(
        f"{NET}net[1].to({second_device!r})\n"
        f"net[1](net[0](torch.ones(4, 1024, device=device)).to({second_device!r})).sum().backward()"
    )
    expected = {("parameters", "net"): SIDE, ("gradients", "net"): SIDE}
    assert holding.bytes() == holding.bytes(second_device) == expected


def test_what_an_optimizer_keeps_of_a_deleted_model_is_not_freed_and_is_reached(holding):
    made = holding.run(f"{NET}{ADAM}{TRAIN}")
    holding.run("del net")
    assert ("unknown", None) not in holding.rows()
    assert holding.bytes()["tensors", "opt.param_groups"] == pytest.approx(4 * SIDE, abs=MIB)
    assert sum(holding.made(made).freed.values()) < MIB
    assert holding.rows()["tensors", "opt.param_groups"].made_count == made
    gone = holding.run("del opt")
    assert holding.made(made).alive_bytes == 0
    assert holding.made(made).freed[str(gone)] == pytest.approx(8 * SIDE, abs=MIB)


@pytest.mark.parametrize("way", ["t.opt", 'd["a"]'])
def test_an_optimizers_state_is_the_same_lot_in_cells_without_a_step(holding, way):
    holding.run(f"class T: pass\nt, d = T(), {{}}\n{NET}{ADAM}{way} = opt\ndel opt")
    made = holding.run(TRAIN.replace("opt.", f"{way}."))
    for _ in range(2):
        holding.run("1 + 1")
        state = holding.rows()["optimizer_state", way]
        assert (state.held_bytes, state.made_count) == (4 * SIDE, made)
    assert holding.made(made).freed == {}


def test_an_optimizer_that_is_gone_holds_nothing(holding):
    holding.run(
        f"def train():\n    net = nn.Linear(1024, 1024).to(device)\n    {ADAM}"
        "    for _ in range(4):\n"
        "        net(torch.ones(4, 1024, device=device)).sum().backward()\n        opt.step()\n"
        "    return 1\ndone = train()"
    )
    assert holding.bytes() == {}


def test_what_a_graph_keeps_of_a_deleted_variable_is_one_lot(holding):
    made = holding.run(
        f"{NET}x = torch.ones(1024, 1024, device=device)\ny = torch.relu(net(x))\nz = y * 2"
    )
    before = holding.made(made).alive_bytes
    holding.run("del y")
    assert holding.made(made).alive_bytes == before
    done = holding.run("z.sum().backward()")
    assert holding.made(made).freed[str(done)] >= 4 * MIB


def test_deleting_says_who_else_has_the_memory(holding):
    holding.run(
        "a = torch.ones(1 << 20, device=device); b = a[:9]; c = [torch.ones_like(a)]; d = c"
    )
    assert "`b` has of the same memory" in holding.rows()["tensors", "a"].action.description
    assert "Something else refers" in holding.rows()["tensors", "c"].action.description
    holding.run("del d")
    assert "Something else" not in holding.rows()["tensors", "c"].action.description


def test_an_output_that_is_no_number_is_told_in_a_sentence(holding):
    action = Action(kind="release_outputs", title="", description="", targets=["²"])
    done = holding.profiler.act(RunAction(request_id="1", action=action))
    assert done.message == "There is no Out[²]."


def test_many_small_tensors_are_reached(holding):
    holding.run("losses = [torch.ones(1, device=device) for _ in range(1000)]")
    assert holding.bytes() == {("tensors", None): 1000 * 512}


def test_the_namespace_is_read_without_code_of_its_objects(holding):
    holding.run(
        "class Bad(dict):\n    def keys(self): raise RuntimeError\n    items = values = keys\n"
        "    __iter__ = __eq__ = keys\n    __hash__ = None\n"
        "bad = Bad(x=[torch.ones(1 << 20, device=device)] * 2)"
    )
    assert holding.bytes() == {("tensors", "bad"): 4 * MIB}


def test_a_list_that_is_an_attribute_is_emptied_by_the_byte(holding):
    holding.run(
        "class T: pass\nt = T()\nt.log = []\n"
        "for _ in range(4):\n    t.log.append(torch.ones(1 << 20, device=device))"
    )
    share = holding.rows()["tensors", "t.log"]
    assert (share.within.line, share.within.tensors, share.within.each_bytes) == (5, 4, 4 * MIB)
    done = holding.profiler.act(RunAction(request_id="1", action=share.action))
    assert done.freed_bytes[holding.device] == share.action.expected_bytes[holding.device]
    assert holding.bytes() == {}


def test_a_closure_and_a_suspended_generator_are_named(holding):
    holding.run(
        "def make():\n    kept = torch.ones(1 << 20, device=device)\n    return lambda: kept\n"
        "f = make()\ndef g():\n    held = torch.ones(1 << 20, device=device)\n    yield\n"
        "it = g()\nnext(it)"
    )
    assert holding.bytes() == {("tensors", "f: kept"): 4 * MIB, ("tensors", "it: held"): 4 * MIB}


def test_hooks_and_a_graph_that_goes_on_are_told_on_their_device(holding):
    holding.run(f"{NET}hidden = torch.ones(4, 1024, device=device)")
    for _ in range(4):
        holding.run(
            "handle = net[1].register_forward_hook(lambda *_: None)\n"
            "for _ in range(3): hidden = torch.tanh(net(hidden))"
        )
    rows = holding.rows()
    assert [one.kind for one in rows["parameters", "net"].counts] == ["forward_hooks"]
    assert [one.kind for one in rows["graphs", "hidden"].counts] == ["graph_nodes"]
