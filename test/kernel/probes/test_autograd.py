"""Backwards, steps and retained graphs of all kinds of programs."""

from __future__ import annotations

import pytest
import torch
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.probes.graphs.saved_tensors import hides_hooks

HOOKED_ARE_UNKNOWN = hides_hooks(torch)
"""Whether a saved tensor with hooks is freed cannot be read before PyTorch 2.10."""
SETUP = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
x = torch.randn(32, 8)
"""
HIDDEN = 32 * 16 * 4


@pytest.fixture
def book(notebook):
    notebook.ok(SETUP)
    return notebook


def test_two_optimizers(book):
    record = book.ok(
        "generator, critic = nn.Linear(4, 8), nn.Linear(8, 1)\n"
        "first = torch.optim.Adam(generator.parameters())\n"
        "second = torch.optim.SGD(critic.parameters(), lr=0.1)\n"
        "for i in range(2):\n"
        "    fake = generator(torch.randn(16, 4))\n"
        "    second.zero_grad()\n"
        "    critic(fake.detach()).mean().backward()\n"
        "    second.step()\n"
        "    first.zero_grad()\n"
        "    loss = critic(fake).mean()\n"
        "    loss.backward()\n"
        "    first.step()\n"
    )
    grad = record.grad
    assert (grad.backwards, line_of(record, grad.last_backward_place)) == (4, 11)
    assert (grad.optimizer_steps, line_of(record, grad.last_step_place)) == (4, 12)
    assert [graph.fate for graph in grad.forward_graphs] == ["consumed"] * 6
    assert {(line_of(record, f.place), f.module, f.calls) for f in grad.forwards} == {
        (5, "Linear", 2),
        (7, "Linear", 2),
        (10, "Linear", 2),
    }
    assert grad.retained == []


def test_backward_in_the_next_cell(book):
    record = book.ok("loss = model(x).square().mean()")
    (retained,) = record.grad.retained
    output = 32 * 4 * 4  # `square` keeps it
    assert (retained.variable, retained.saved_bytes) == ("loss", HIDDEN + output)
    assert record.grad.backwards == 0
    record = book.ok("loss.backward()")
    assert record.grad.backwards == 1
    assert record.grad.retained == []


def test_a_graph_that_is_used_in_part_only(book):
    record = book.ok(
        "shared = model[:2](x)\na = model[2](shared)\nb = shared.exp()\na.sum().backward()"
    )
    # `exp` keeps its own result only, and `b` holds that; the rest was freed.
    assert [r.variable for r in record.grad.retained] == []


def test_what_a_variable_holds_anyway_is_not_the_graphs(book):
    record = book.ok("hidden = model[:2](x)\nout = model[2](hidden)")
    by_variable = {retained.variable: retained for retained in record.grad.retained}
    assert by_variable["hidden"].saved_bytes == 0
    assert by_variable["out"].saved_bytes == 0
    record = book.ok("del hidden")
    assert [(r.variable, r.saved_bytes) for r in record.grad.retained] == [("out", HIDDEN)]


def test_shared_graphs_count_once(book):
    record = book.ok("out = model(x)\nloss = out.exp().sum()\nlosses = [out.sum(), out.mean()]")
    saved = {retained.variable: retained.saved_bytes for retained in record.grad.retained}
    assert saved == {"out": HIDDEN, "loss": 32 * 4 * 4, "losses": 0}
    (losses,) = [r for r in record.grad.retained if r.variable == "losses"]
    assert (losses.tensors, losses.nodes, losses.elements) == (2, 2, 1)


def test_one_tensor_in_a_container_is_named_in_full(book):
    record = book.ok("result = {'n': 1, 'logits': model(x)}")
    assert record.grad.retained[0].variable == 'result["logits"]'


def test_a_custom_function(book):
    record = book.ok(
        "class Square(torch.autograd.Function):\n"
        "    @staticmethod\n"
        "    def forward(ctx, a):\n"
        "        ctx.save_for_backward(a * 1, None)\n"
        "        ctx.mask = torch.ones(64, dtype=torch.bool)\n"
        "        ctx.more = [torch.ones(8)]\n"
        "        return a * a\n"
        "    @staticmethod\n"
        "    def backward(ctx, grad):\n"
        "        return 2 * ctx.saved_tensors[0] * grad\n"
        "y = Square.apply(torch.ones(256, requires_grad=True))"
    )
    (retained,) = record.grad.retained
    assert retained.saved_bytes == 1024 + 64 + 32
    assert retained.other_leaves
    record = book.ok("y.sum().backward()")
    assert record.grad.retained == []


@pytest.mark.parametrize("reentrant", [True, False])
def test_checkpoints_are_not_recomputed(book, reentrant):
    record = book.ok(
        "from torch.utils.checkpoint import checkpoint\n"
        "runs = 0\n"
        "def block(x):\n"
        "    global runs\n"
        "    runs += 1\n"
        "    return model(x)\n"
        "inputs = x.clone().requires_grad_()\n"
        f"out = checkpoint(block, inputs, use_reentrant={reentrant})\n"
    )
    assert book.namespace["runs"] == 1
    assert record.grad.backwards == 0
    state = torch.get_rng_state().nbytes if reentrant else 0
    assert record.grad.retained[0].saved_bytes == state
    record = book.ok("out.sum().backward()")
    assert book.namespace["runs"] == 2
    # The reentrant one runs a backward within the backward.
    assert record.grad.backwards == 1
    assert record.grad.retained == [] or HOOKED_ARE_UNKNOWN


def test_unpack_hooks_never_run(book):
    record = book.ok(
        "unpacked = []\n"
        "def pack(tensor):\n"
        "    return ('packed', tensor)\n"
        "def unpack(packed):\n"
        "    unpacked.append(packed)\n"
        "    return packed[1]\n"
        "with torch.autograd.graph.saved_tensors_hooks(pack, unpack):\n"
        "    out = model(x)\n"
        "    h = out.exp()"
    )
    assert book.namespace["unpacked"] == []
    assert [r.saved_bytes for r in record.grad.retained] == [0, 0]
    book.ok("h.sum().backward()")
    assert len(book.namespace["unpacked"]) > 0
    assert book.ok("x = 1").grad.retained == [] or HOOKED_ARE_UNKNOWN


def test_an_unpack_hook_on_one_tensor(book):
    book.ok(
        "unpacked = []\n"
        "y = torch.ones(4, requires_grad=True).exp()\n"
        "y.grad_fn._raw_saved_result.register_hooks(\n"
        "    lambda t: t, lambda t: (unpacked.append(1), t)[1])"
    )
    assert book.namespace["unpacked"] == []


def test_in_place_errors_are_still_raised(book):
    book.run("out = model(x)\nwith torch.no_grad():\n    model[2].weight.add_(1)\nz = model[0](x)")
    book.run("h = torch.ones(3, requires_grad=True).exp()\nh.add_(1)")
    record = book.run("h.sum().backward()")
    assert "modified by an inplace operation" in str(book.error)
    assert record.grad.backwards == 1


def test_double_backward_error_is_the_users(book):
    book.ok("loss = model(x).sum()\nloss.backward()")
    book.run("loss.backward()")
    assert "backward through the graph a second time" in str(book.error)


def test_create_graph_and_hessian(book):
    record = book.ok(
        "w = torch.ones(4, requires_grad=True)\n"
        "g, = torch.autograd.grad((w ** 3).sum(), w, create_graph=True)\n"
        "h, = torch.autograd.grad(g.sum(), w)\n"
        "hessian = torch.autograd.functional.hessian(lambda v: (v ** 3).sum(), torch.ones(2))"
    )
    assert record.grad.backwards >= 4
    assert book.namespace["h"].tolist() == [6.0] * 4


def test_func_transforms(book):
    record = book.ok(
        "from torch.func import functional_call, grad, vmap\n"
        "parameters = dict(model.named_parameters())\n"
        "def loss(p, row):\n"
        "    return functional_call(model, p, (row,)).sum()\n"
        "plain = {k: v.detach() for k, v in parameters.items()}\n"
        "per_sample = vmap(grad(loss), in_dims=(None, 0))(plain, x)\n"
        "stacked = vmap(model)(x)"
    )
    assert per_sample_shape(book) == (32, 16, 8)
    assert record.grad.forward_graphs == []
    assert sum(f.calls for f in record.grad.forwards) == 2


def per_sample_shape(book):
    return tuple(book.namespace["per_sample"]["0.weight"].shape)


def test_views_changed_in_place(book):
    book.ok(
        "base = torch.ones(4, 4, requires_grad=True).clone()\n"
        "view = base[0]\n"
        "base.mul_(2)\n"
        "rows = torch.ones(4, 2, requires_grad=True).clone().unbind()\n"
    )
    book.run("rows[0].mul_(2)")
    assert "view" in str(book.error)


def test_threads(book):
    record = book.ok(
        "import threading\n"
        "def work():\n"
        "    for i in range(20):\n"
        "        nn.Linear(8, 8)(torch.randn(4, 8)).sum().backward()\n"
        "threads = [threading.Thread(target=work) for i in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "work()\n"
        "[thread.join() for thread in threads]"
    )
    assert record.grad.backwards == 100
    assert line_of(record, record.grad.last_backward_place) == 7


def test_a_thread_that_outlives_its_cell(book):
    book.ok(
        "import threading\n"
        "go, done = threading.Event(), threading.Event()\n"
        "def work():\n"
        "    while not done.is_set():\n"
        "        model(x).sum().backward()\n"
        "        go.set()\n"
        "thread = threading.Thread(target=work, daemon=True)\n"
        "thread.start()\n"
        "go.wait()"
    )
    try:
        for _ in range(20):
            book.ok("out = model(x)")
    finally:
        book.ok("done.set()\nthread.join()")


def test_loader_workers(book):
    record = book.ok(
        "from torch.utils.data import DataLoader, Dataset\n"
        "class Images(Dataset):\n"
        "    def __init__(self):\n"
        "        self.change = nn.Sequential(nn.Linear(8, 8))\n"
        "    def __len__(self):\n"
        "        return 64\n"
        "    def __getitem__(self, i):\n"
        "        with torch.no_grad():\n"
        "            return self.change(torch.ones(8))\n"
        "seen = 0\n"
        "for workers in (0, 2):\n"
        "    for batch in DataLoader(Images(), batch_size=8, num_workers=workers,\n"
        "                            multiprocessing_context='fork' if workers else None):\n"
        "        seen += len(model(batch))\n"
    )
    assert book.namespace["seen"] == 128
    # Transforms in the data set are not the model's forwards.
    (forwards,) = record.grad.forwards
    assert (line_of(record, forwards.place), forwards.module) == (14, "Sequential")
    assert 8 <= forwards.calls <= 16


def test_scripted_and_traced_modules(book):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = book.ok(
            "scripted = torch.jit.script(model)\n"
            "traced = torch.jit.trace(model, x)\n"
            "a, b = scripted(x), traced(x)\n"
            "(a + b).sum().backward()"
        )
        assert [m.path for m in record.placement.modules] == ["model", "scripted", "traced"]
        assert {m.parameters for m in record.placement.modules} == {8 * 16 + 16 + 16 * 4 + 4}
        assert book.ok("scripted.to(torch.float64)").moves[0].moved_bytes == 8 * 212


def test_nothing_of_ours_is_traced(book):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*torch.jit.*deprecated")
        book.ok("text = str(torch.jit.trace(nn.Sequential(model, nn.ReLU()), x).inlined_graph)")
    assert "aten::size" not in book.namespace["text"]


def test_data_parallel_without_devices(book):
    record = book.ok("parallel = nn.DataParallel(model)\nout = parallel(x)")
    assert record.grad.forwards[0].module == "DataParallel"
    assert record.grad.forward_graphs[0].saved_bytes == HIDDEN


def test_a_hooked_module_and_module_hooks_on_the_graph(book):
    record = book.ok(
        "seen = []\n"
        "model[0].register_full_backward_hook(lambda m, gi, go: seen.append('backward'))\n"
        "out = model(x.clone().requires_grad_())\n"
        "out.register_hook(lambda g: seen.append('tensor'))\n"
        "out.sum().backward()"
    )
    assert book.namespace["seen"] == ["tensor", "backward"]
    assert record.grad.forward_graphs[0].fate == "consumed"


def test_deepcopy_and_pickle_of_a_used_model(book):
    book.ok(
        "import copy, pickle\n"
        "model(x)\n"
        "twin = copy.deepcopy(model)\n"
        "again = pickle.loads(pickle.dumps(model))"
    )
    assert not book.namespace["twin"]._forward_hooks
    assert not book.namespace["again"]._forward_hooks


def test_lbfgs_steps_once(book):
    record = book.ok(
        "optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)\n"
        "def closure():\n"
        "    optimizer.zero_grad()\n"
        "    loss = model(x).square().mean()\n"
        "    loss.backward()\n"
        "    return loss\n"
        "optimizer.step(closure)"
    )
    assert record.grad.optimizer_steps == 1
    assert line_of(record, record.grad.last_step_place) == 7
    assert record.grad.backwards >= 1
    assert line_of(record, record.grad.last_backward_place) == 7


class TestAgain:
    """What was found in one cell is known in the next, and no longer than it is true."""

    @pytest.fixture
    def walks(self, monkeypatch):
        from jupyterlab_torchprof.probes.graphs import graph

        walks = []
        original = graph.GraphWalk.walk_all

        def walk_all(self, roots, spent=()):
            walks.append(1)
            return original(self, roots, spent)

        monkeypatch.setattr(graph.GraphWalk, "walk_all", walk_all)
        return walks

    def test_the_same_graphs_are_walked_once(self, book, walks):
        first = book.ok("outs = [model(x) for i in range(3)]").grad.retained
        count = len(walks)
        assert book.ok("a = 1").grad.retained == first
        assert len(walks) == count

    def test_a_backward_changes_them(self, book, walks):
        book.ok("out = model(x)\nother = model(x)")
        record = book.ok("out.sum().backward()")
        assert [r.variable for r in record.grad.retained] == ["other"]

    def test_a_backward_between_cells_changes_them(self, book):
        book.ok("out = model(x)")
        book.namespace["out"].sum().backward()
        assert book.ok("a = 1").grad.retained == []

    def test_another_graph_under_the_same_name(self, book):
        assert book.ok("out = model(x)").grad.retained[0].nodes == 9
        assert book.ok("out = out.exp()").grad.retained[0].nodes == 10
        assert book.ok("out.mul_(2)").grad.retained[0].nodes == 11
        assert book.ok("out = model(x)").grad.retained[0].nodes == 9

    def test_what_others_hold_is_counted_anew(self, book):
        book.ok("hidden = model[:2](x)\nout = model[2](hidden)")
        record = book.ok("del hidden")
        assert [(r.variable, r.saved_bytes) for r in record.grad.retained] == [("out", HIDDEN)]
        record = book.ok("kept = [out.grad_fn.next_functions]")
        assert [(r.variable, r.saved_bytes) for r in record.grad.retained] == [("out", HIDDEN)]

    def test_nothing_is_kept_alive_by_it(self, book):
        import weakref

        book.ok("out = model(x)")
        ref = weakref.ref(book.namespace["out"])
        storage = book.namespace["out"].grad_fn._saved_mat1.untyped_storage()
        weak = storage._weak_ref()
        del storage
        book.namespace["__loader__"] = None
        del book.namespace["out"]
        assert ref() is None
        assert torch.UntypedStorage._expired(weak)
        torch.UntypedStorage._free_weak_ref(weak)


class TestManyGraphs:
    """More than the short look reaches, in a cell that is long enough for another."""

    MANY = (
        "import time\n"
        "deep = nn.Sequential(*[nn.Linear(64, 64) for i in range(20)])\n"
        "batch = torch.randn(64, 64)\n"
        "outs = [deep(batch) for i in range(200)]\n"
        "time.sleep(1.5)"
    )
    SAVED = 200 * 19 * 64 * 64 * 4
    """Of each forward, what goes from one layer to the next."""

    def test_new_ones_are_walked_to_their_end(self, book):
        record = book.ok(self.MANY)
        (outs,) = record.grad.retained
        assert (outs.variable, outs.tensors, outs.truncated) == ("outs", 200, False)
        assert outs.saved_bytes == self.SAVED
        assert record.grad.retained_complete

    def test_no_node_is_read_twice(self, book, monkeypatch):
        from jupyterlab_torchprof.probes.graphs import graph

        walks: list[int] = []
        follow = graph.GraphWalk._follow

        def counting(self, graph, stack, spent):
            before = graph.nodes
            follow(self, graph, stack, spent)
            if graph.nodes > before:
                walks.append(graph.nodes - before)

        monkeypatch.setattr(graph.GraphWalk, "_follow", counting)
        (outs,) = book.ok(self.MANY).grad.retained
        first, second = walks[-2:]
        assert first > 0
        assert second > 0
        assert first + second == outs.nodes

    def test_a_cell_that_trains_pays_for_no_longer_look(self, book):
        (outs,) = book.ok(f"model(x).sum().backward()\n{self.MANY}").grad.retained
        assert outs.truncated
        assert 0 < outs.saved_bytes < self.SAVED

    def test_old_ones_are_not_walked_to_their_end_again(self, book):
        book.ok(self.MANY)
        book.ok("model(x).sum().backward()")
        (outs,) = book.ok("time.sleep(1.5)").grad.retained
        assert outs.truncated
        assert 0 < outs.saved_bytes < self.SAVED


class TestManySmallOperations:
    """A short look at such a graph finds next to nothing of what it keeps."""

    MANY = (
        "h = torch.zeros(3000, 3000, requires_grad=True)\n"
        "for _ in range(2): h = torch.tanh(h)\n"
        "z = h.sum()\n"
        "del h\n"
        "for _ in range(25_000): z = z + 1\n"
    )
    SAVED = 2 * 3000 * 3000 * 4
    """In tensors so large that the C library gives each memory of its own, which the process has
    not had before."""

    @pytest.fixture(autouse=True)
    def _patience(self, monkeypatch):
        from jupyterlab_torchprof.probes.graphs import retained

        monkeypatch.setattr(retained, "_EXPLAINING_S", 30.0)
        monkeypatch.setattr(retained, "_LONGEST_S", 30.0)
        monkeypatch.setattr(retained, "_LONGER_SHARE", 0.0)

    def test_growth_of_memory_asks_for_a_longer_look(self, book):
        record = book.ok(self.MANY)
        (z,) = record.grad.retained
        assert (z.variable, z.saved_bytes, z.truncated) == ("z", self.SAVED, False)
        assert record.grad.retained_complete
        # What was found is known in later cells, which pay nothing for it.
        assert book.ok("a = 1").grad.retained == [z]

    def test_what_was_cut_says_so(self, book, monkeypatch):
        from jupyterlab_torchprof.deliver.text import autograd_text
        from jupyterlab_torchprof.probes.graphs import retained

        monkeypatch.setattr(retained, "_GROWTH_BYTES", 1 << 40)
        record = book.ok(self.MANY)
        (z,) = record.grad.retained
        assert (z.saved_bytes, z.truncated) == (0, True)
        assert not record.grad.retained_complete
        assert "graphs kept by z: at least 0 B" in autograd_text(record.grad)

    def test_a_forward_that_was_cut_says_so(self, book):
        from jupyterlab_torchprof.probes.graphs.kept import GraphBounds

        book.ok(
            "class Long(nn.Module):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.w = nn.Parameter(torch.zeros(1))\n"
            "    def forward(self, n):\n"
            "        z = self.w.tanh()\n"
            "        for _ in range(n): z = z + 1\n"
            "        return z\n"
            "long = Long()"
        )
        record = book.ok(f"a = long(3)\nb = long({GraphBounds().nodes + 1})")
        assert [graph.truncated for graph in record.grad.forward_graphs] == [False, True]
