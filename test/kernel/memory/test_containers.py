"""What is an attribute or the value of a key is let go of, where nobody's code has a say in it."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.actions.command import ask
from jupyterlab_torchprof.memory.spots import find_spot
from jupyterlab_torchprof.record import Action

MIB = 1 << 20
BIG = "torch.ones(2 << 20)"
PLAIN = "class T: pass\nt = T()\n"


def action(notebook, name, kind="tensors"):
    share = notebook.holder(kind, name)
    assert share is not None
    return share.action


def test_a_list_that_is_an_attribute_is_emptied(notebook):
    notebook.run(f"{PLAIN}t.log = [{BIG} for _ in range(4)]")
    offered = action(notebook, "t.log")
    assert (offered.kind, offered.title, offered.targets) == (
        "empty_containers",
        "Empty t.log",
        ["t.log"],
    )
    assert offered.description == (
        "`t.log` becomes an empty list; code that reads what was in there finds nothing."
    )
    assert offered.expected_bytes == {"host": 32 * MIB}
    done = notebook.act(offered)
    assert done.message.startswith("Freed ")
    assert notebook.shell.user_ns["t"].log == []
    assert notebook.holder("tensors", "t.log") is None


def test_the_lists_of_a_dictionary_are_emptied_and_its_keys_stay(notebook):
    notebook.run(f"{PLAIN}t.history = {{'loss': [{BIG}] , 'epoch': [1, 2]}}")
    offered = action(notebook, "t.history")
    assert offered.targets == ['t.history["loss"]']
    notebook.act(offered)
    assert notebook.shell.user_ns["t"].history == {"loss": [], "epoch": [1, 2]}


@pytest.mark.parametrize(
    "made",
    [
        f"{{'a': {BIG}}}",
        f"collections.deque([{BIG}], maxlen=9)",
        f"collections.defaultdict(list, a={BIG})",
    ],
)
def test_other_containers_stay_what_they_are(notebook, made):
    notebook.run(f"import collections\n{PLAIN}t.cache = {made}")
    before = notebook.shell.user_ns["t"].cache
    notebook.act(action(notebook, "t.cache"))
    after = notebook.shell.user_ns["t"].cache
    assert type(after) is type(before)
    assert not after
    assert getattr(after, "maxlen", 0) == getattr(before, "maxlen", 0)
    assert getattr(after, "default_factory", 0) == getattr(before, "default_factory", 0)


def test_what_a_metric_gathers_is_emptied(notebook):
    notebook.run(f"net = nn.Linear(8, 8)\nnet.seen = [{BIG}]")
    assert action(notebook, "net.seen") is None  # PyTorch's own class
    notebook.run(f"class Net(nn.Linear): pass\nnet = Net(8, 8)\nnet.seen = [{BIG}]")
    notebook.act(action(notebook, "net.seen"))
    assert notebook.shell.user_ns["net"].seen == []


def test_a_model_that_is_the_value_of_a_key_is_deleted(notebook):
    notebook.run("models = {'a': nn.Linear(1024, 1024), 'b': 1}")
    offered = action(notebook, 'models["a"]', "parameters")
    assert (offered.kind, offered.title) == ("delete_keys", 'Delete models["a"]')
    notebook.act(offered)
    assert list(notebook.shell.user_ns["models"]) == ["b"]


def test_who_else_has_it_is_said_before(notebook):
    notebook.run(f"{PLAIN}t.log = [{BIG}]\nt.other = (t.log, 1)")
    assert "Something else refers to it" in action(notebook, "t.log").description
    notebook.run(f"t.log = [{BIG}]\ndel t.other")
    assert "Something else" not in action(notebook, "t.log").description
    notebook.run("first = t.log[0]")
    assert notebook.holder("tensors", "first") is not None


@pytest.mark.parametrize("thing", ["Kept()", "nn.Linear(1024, 1024)", "[[[Kept()]]]"])
def test_a_list_of_objects_is_not_emptied(notebook, thing):
    notebook.run(
        f"{PLAIN}class Kept:\n    def __init__(self): self.data = {BIG}\nt.log = [{BIG}, {thing}]"
    )
    assert action(notebook, "t.log") is None


HOSTILE = {
    "a property": "class T:\n    log = property(lambda self: 1 / 0, lambda self, value: 1 / 0)\n"
    "t = T(); t.__dict__['log'] = [{}]",
    "sees what is set": "class T:\n    def __setattr__(self, name, value): 1 / 0\n"
    "t = T(); t.__dict__['log'] = [{}]",
    "a list of its own": "class L(list):\n    def __init__(self, *some): super().__init__(*some)\n"
    "class T: pass\nt = T(); t.log = L([{}])",
    "slots": "class T:\n    __slots__ = ('log',)\nt = T(); t.log = [{}]",
    "a tuple": "class T: pass\nt = T(); t.log = ({},)",
    "a tensor": "class T: pass\nt = T(); t.log = {}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_where_code_of_the_user_would_run_nothing_is_offered(notebook, source):
    notebook.run(source.format(BIG))
    assert action(notebook, "t.log") is None
    before = notebook.shell.user_ns["t"]
    asked = Action(kind="empty_containers", title="", description="", targets=["t.log"])
    from jupyterlab_torchprof.messages import RunAction

    done = notebook.profiler.act(RunAction(request_id="1", action=asked))
    assert not done.ok
    assert notebook.shell.user_ns["t"] is before


def test_what_an_optimizer_and_a_module_have_registered_is_left_alone(notebook):
    notebook.run(
        "net = nn.Linear(1024, 1024)\nopt = torch.optim.Adam(net.parameters())\n"
        "class Net(nn.Module): pass\nmine = Net(); mine.one = net; mine.heads = nn.ModuleDict()"
    )
    for way in (
        "opt.param_groups",
        "opt.state",
        "net._parameters",
        'net._parameters["weight"]',
        "mine._modules",
        "mine.one",
        'mine.heads["a"]',
        "_x.log",
        "net",
        "1 +",
        "f()[0]",
    ):
        assert find_spot(notebook.shell.user_ns, way) is None, way


def test_the_command_takes_the_same_ways(notebook):
    notebook.run(f"{PLAIN}t.log = [{BIG}]\nt.history = {{'loss': [{BIG}], 'val': [{BIG}]}}")
    asked = ask(notebook.shell, ["t.log", "t.history"])
    assert asked.kind == "empty_containers"
    assert asked.targets == ["t.log", 't.history["loss"]', 't.history["val"]']
    notebook.act(asked)
    assert notebook.shell.user_ns["t"].log == []
    with pytest.raises(ValueError, match="one after another"):
        ask(notebook.shell, ["t", "t.log"])
    assert ask(notebook.shell, ["t.nothing"]).targets == ["t.nothing"]
