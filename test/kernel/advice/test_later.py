"""What cells that have not run mean for advice and its fixes, on records that are built by hand."""

from __future__ import annotations

import dataclasses

import pytest
from jupyterlab_torchprof.advice.text.notebook import Later, NotebookCell, is_opaque
from jupyterlab_torchprof.advice.text.uses.devices import device_uses
from jupyterlab_torchprof.advice.text.uses.graphs import graph_uses
from jupyterlab_torchprof.advice.text.uses.to_come import is_training_to_come
from jupyterlab_torchprof.record import Collected, Placement

GATHER = "chunks = []\nfor x in batches:\n    chunks.append(model(x))"
SCORES = "scores = q @ k\ntop = scores.max().item()"
TRAIN = """\
losses = []
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    losses.append(loss)
"""


def collected(variable, **more) -> Collected:
    values = {
        "variable": variable,
        "kind": "list",
        "tensors": 400,
        "new_tensors": 400,
        "scalars": 0,
        "storage_bytes": {"cuda:0": 256 << 20},
    }
    return Collected(**{**values, **more})


def gathered(build):
    memory = [build.memory(after=300 << 20, peak=400 << 20)]
    return build.record(GATHER, "gather", collected=[collected("chunks")], memory=memory)


def others(build):
    return [build.record(f"a = {number}", f"other{number}") for number in range(2)]


def trained(build):
    entry = collected("losses", with_graph=400, graph_nodes=24_000)
    return build.record(TRAIN, "train", backwards=400, collected=[entry])


def scores(build, source):
    placed = build.placed("scores", (4096, 4096))
    placed.requires_grad = placed.has_grad_fn = False
    placed.storage_bytes = 64 << 20
    placement = Placement(tensors=[placed], torch_name="torch")
    memory = [build.memory(before=200 << 20, after=200 << 20)]
    first = build.record(source, "compute", placement=placement)
    return first, *(
        build.record(f"a = {number}", f"other{number}", placement=placement, memory=memory)
        for number in range(2)
    )


class TestWhatCellsSay:
    @pytest.mark.parametrize(
        "waiting",
        [
            "torch.cat([c @ w for c in chunks])",
            "def join():\n    return torch.cat(chunks) @ w",
            "other = chunks\n",
            "%time torch.cat(chunks) @ w",
        ],
    )
    def test_a_cell_that_has_not_run_needs_the_device(self, build, waiting):
        def advised(*texts, known=True):
            session = build.Session(gathered(build), *others(build), waiting=texts, known=known)
            return [advice.fix.safe for advice in session.advised()]

        assert advised() == [True]
        assert advised("print(len(chunks))") == [True]
        assert advised(known=False) == [False]
        follow = "\nother[0] @ w" if waiting.startswith("other") else ""
        assert advised(waiting + follow) == []

    def test_an_edit_changes_what_is_safe(self, build):
        session = build.Session(gathered(build), *others(build), known=False)
        (unknown,) = session.advised()
        session.known = True
        assert [record.cell_id for record in session.edit()] == ["gather"]
        (known,) = session.advised()
        assert (unknown.fix.safe, known.fix.safe) == (False, True)
        assert (unknown.fix.edits, known.title) == (known.fix.edits, unknown.title)
        assert session.edit() == []
        session.edit("exec(code)")
        assert not session.advised()[0].fix.safe
        session.edit("chunks[0] @ w")
        assert session.advised() == []

    def test_it_comes_back_with_the_next_cell(self, build):
        session = build.Session(gathered(build), *others(build))
        session.edit("chunks[0] @ w")
        session.waiting = []
        session.add(build.record("b = 3", "third"))
        assert [advice.fix.safe for advice in session.advised()] == [True]

    def test_in_place_changes_would_miss_the_copy(self, build):
        source = GATHER.replace("model(x))", "out)").replace(
            "    chunks", "    out = f(x)\n    chunks"
        )
        record = gathered(build)
        record.source = source
        session = build.Session(record, *others(build), waiting=["out.zero_()"])
        assert [advice.fix.safe for advice in session.advised()] == [False]

    @pytest.mark.parametrize(
        ("waiting", "safe"),
        [
            ("curve = [value.item() for value in losses]", True),
            ("mean = torch.stack(losses).mean()\nprint(f'{mean:.3f}')", True),
            ("losses[-1].backward()", False),
            ("total = sum(losses)", True),
            ("mean = torch.stack(losses).mean()\nmean.backward()", False),
            ("wrap(losses)", False),
            ("if losses[0].requires_grad:\n    freeze()", False),
        ],
    )
    def test_histories_of_losses(self, build, waiting, safe):
        (advice,) = build.Session(trained(build), waiting=[waiting]).advised()
        assert advice.fix.safe is safe

    def test_a_sum_that_another_cell_goes_through(self, build):
        waiting = ["total = sum(losses)", "total.backward()"]
        (advice,) = build.Session(trained(build), waiting=waiting).advised()
        assert not advice.fix.safe

    @pytest.mark.parametrize(
        ("source", "waiting", "safe"),
        [
            (SCORES, [], [True]),
            (SCORES, ["scores.std()"], []),
            (f"{SCORES}\ndef f():\n    return scores.std()", [], []),
            (SCORES, ["globals()[name]"], [False]),
        ],
    )
    def test_names_that_are_deleted(self, build, source, waiting, safe):
        advised = build.Session(*scores(build, source), waiting=waiting).advised()
        assert [advice.fix.safe for advice in advised if advice.fix] == safe


@pytest.mark.parametrize(
    ("use", "elsewhere"),
    [
        ("outs[0].cpu()", False),
        ("m = torch.cat(outs)\n", False),
        ("for out in outs:\n    print(out.mean().item())", False),
        ("for last in outs:\n    pass\nlast @ w", True),
        ("outs += more", True),
        ("outs.append(extra)", True),
        ("outs[0] = w", True),
        ("outs[0].add_(1)", True),
        ("torch.cat([outs[0], w])", True),
        ("torch.zeros(3, device=outs[0].device)", True),
        ("class Kept:\n    values = outs", True),
        ("def f(outs):\n    return outs @ w", False),
        ("outs = []\nouts.append(w)\nouts[0] @ w", False),
        ("if again:\n    outs = []\nouts[0] @ w", True),
        ("f(values=outs)", True),
        ("%store outs", True),
        ("!echo {outs[0] @ w}", True),
    ],
)
def test_uses_that_need_the_device(use, elsewhere):
    own = "outs = [model(x) for x in batches]"
    assert bool(device_uses([own, use], "outs", own=own).elsewhere) is elsewhere


def test_the_last_of_a_loop_in_another_cell():
    own = "outs = [model(x) for x in batches]"
    texts = [own, "for last in outs:\n    print(last.shape)", "last @ w"]
    assert list(device_uses(texts, "outs", own=own).elsewhere) == ["last @ w"]
    texts[-1] = "last = 3\nlast @ w"
    assert not device_uses(texts, "outs", own=own).elsewhere


@pytest.mark.parametrize(
    ("use", "elsewhere"),
    [
        ("acc = (out.argmax(1) == y).float().mean().item()", False),
        ("loss = F.cross_entropy(out, y)\nprint(loss.item())", False),
        ("loss = F.cross_entropy(out, y)\nloss.backward()", True),
        ("loss = net(out).mean()\n", False),
        ("torch.autograd.grad(out.sum(), p)", True),
        ("scaler.scale(out).backward()", True),
        ("helper(out)", True),
        ("def f():\n    return out.sum()", False),
        ("def f():\n    return out.sum()\nf().backward()", True),
        ("def f():\n    return out.sum()\nprint(f().argmax(1))", False),
        ("def f():\n    return out.sum()\nlosses = map(f, data)", True),
        ("@hook\ndef f():\n    return out.sum()", True),
        ("def f():\n    yield out.sum()", True),
        ("class Lab:\n    def f(self):\n        return out.sum()\nLab().f().backward()", True),
        ("class Lab:\n    def f(self):\n        return out\nprint(lab.f().shape)", False),
        ("class Lab:\n    @property\n    def f(self):\n        return out\nlab.f.backward()", True),
        ("class Lab:\n    def __call__(self):\n        return out", True),
        ("state['out'] = out\nstate['out'].sum().backward()", True),
        ("kept.append(out)\nkept[0].backward()", True),
        ("a, b = out, 3\na.backward()", True),
        ("plt.plot(out.tolist())", False),
        ("out = net(x)\nout.sum().backward()", False),
        ("for x, y in data:\n    out = net(x)\n    out.sum().backward()", False),
        ("out.retain_grad()", True),
        ("for out in out.split(2):\n    print(out.argmax(1))", False),
        ("for out in out.split(2):\n    out.sum().backward()", True),
        ("top = [out.argmax(1) for out in out.split(2)]", False),
        ("def f():\n    kept = out\n    kept.sum().backward()", True),
        ("class Lab:\n    def keep(self):\n        self.kept = out", False),
        ("class Lab:\n    kept = out", True),
        ("for lab.part in out:\n    print(lab.part)", False),
        ("for lab.part in out:\n    lab.part.sum().backward()", True),
        ("lab.kept = out\nprint(lab.kept.shape, lab.other.loss.backward())", False),
        ("lab.kept = out\ndef f(run):\n    run.kept.sum().backward()", True),
        ("lab.kept = out\nother = lab", True),
        ("lab.kept = out\nother.__dict__.update(lab.__dict__)", True),
        ("lab.kept = out\nx.kept(3)", False),
        ("lab.kept = out\nlab.finish()", True),
        ("lab.run.kept = out\nfinish(lab.run)", True),
        ("lab.kept = out\nclass Lab:\n    def whole(self): ...\nprint(lab.whole)", True),
        ("from lib import Lab\nlab = Lab()\nlab.kept = out\nprint(lab.whole)", True),
        ("from lib import Lab\nlab = Lab(n=2)\nlab.kept = out\nprint(lab.n)", False),
        ("from lib import Lab\nlab = Lab()\nlab.kept = out\ndef end(): ...\nlab.end()", True),
    ],
)
def test_uses_that_ask_for_the_graph(use, elsewhere):
    own, imports = "out = net(x)", {"F": "torch.nn.functional", "plt": "matplotlib.pyplot"}
    uses = graph_uses([use], ["out"], own=own, modules=["net"], imports=imports)
    assert bool(uses.elsewhere) is elsewhere


@pytest.mark.parametrize(
    ("text", "comes"),
    [
        ("loss.backward()", True),
        ("fit(model)", True),
        ("lab.run(model)", True),
        ("lib.fit(model)", True),
        ("trainer.learn(y)", True),
        ("other.learn(y)", True),
        ("trainer = lib.Trainer(model)", False),
        ("print(score(out), np.mean(values), lab.best)", False),
    ],
)
def test_cells_that_may_train_when_they_run(build, text, comes):
    above = (
        "import lib\nimport numpy as np\ntrainer = lib.Trainer(model)\n"
        "class Own(lib.Trainer): ...\nother = Own(model)\n"
        "def step(out):\n    out.backward()\ndef fit(model):\n    step(model(x))\n"
        "class Lab:\n    def run(self, model):\n        fit(model)\ndef score(out):\n    return out"
    )
    ran, waiting = build.record(above, "above"), NotebookCell("waiting", text)
    assert is_training_to_come(Later([waiting], [ran])) is comes
    assert not is_training_to_come(Later([waiting], [ran, build.record(text, "waiting")]))


@pytest.mark.parametrize(
    ("text", "opaque"),
    [
        ("model.eval()\n# exec", False),
        ("if __name__ == '__main__':\n    main()", False),
        ("%matplotlib inline\n!ls\n%time x = 1", False),
        ("%%bash\necho exec", False),
        ("exec(code)", True),
        ("globals()[name]", True),
        ("f(**vars())", True),
        ("%run helpers.py", True),
        ("get_ipython().user_ns", True),
        ("import __main__", True),
        ("getattr(sys.modules[name], 'x')", True),
        ("x = (", True),
        ("%%cython\ncdef int x", True),
    ],
)
def test_cells_that_may_read_what_they_do_not_name(text, opaque):
    assert is_opaque(text) is opaque
    assert Later([NotebookCell("a", text)]).is_known is not opaque


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("print(loader.num_workers)", True),
        ("getattr(loader, 'num_workers')", True),
        ('vars(loader)["num_workers"]', True),
        ("loader = DataLoader(data, num_workers=2)", False),
        ("num_workers = 2", False),
        ("loader.num_workers_of_mine", False),
    ],
)
def test_cells_that_read_an_attribute(text, asks):
    assert Later([NotebookCell("other", text)]).asks_for(["prefetch_factor", "num_workers"]) is asks


def test_a_fix_that_is_unsafe_by_itself_stays_so(build, monkeypatch):
    from jupyterlab_torchprof.advice.engine import reconsider
    from jupyterlab_torchprof.advice.leaks.intermediates import StaleIntermediates
    from msgspec.structs import replace

    def unsafe(self, case, find=StaleIntermediates.find):
        found = find(self, case)
        given = found.remedy()
        remedy = dataclasses.replace(given, fix=replace(given.fix, safe=False))
        return dataclasses.replace(found, remedy=lambda: remedy)

    cells = [NotebookCell("compute", SCORES), NotebookCell("other0", "a = 0")]
    session = build.Session(*scores(build, SCORES))
    for patched in (False, True):
        if patched:
            monkeypatch.setattr(StaleIntermediates, "find", unsafe)
        reconsider(session.history, [*cells, NotebookCell("late", "exec(text)")])
        (advice,) = session.history[0].advice
        assert not advice.fix.safe
        reconsider(session.history, [*cells, NotebookCell("late", "print(1)")])
        (advice,) = session.history[0].advice
        assert advice.fix.safe is not patched
