"""stale-intermediates and empty-cache-misuse on records that are built by hand."""

from __future__ import annotations

import pytest
from builders import advised, at
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import CacheClears, OutOfMemory, PlacedModule, Placement

SCORES = "scores = q @ k.T\nweights = scores.softmax(-1)\ntop = weights.max().item()"
LOOP = "for x in loader:\n    step(x)\n    torch.cuda.empty_cache()\n"


class TestStaleIntermediates:
    RULE = "stale-intermediates"

    def tensor(self, build, name="scores", size=64 << 20, **more):
        placed = build.placed(name, (4096, 4096))
        placed.requires_grad = placed.has_grad_fn = False
        placed.storage_bytes = size
        for key, value in more.items():
            setattr(placed, key, value)
        return placed

    def placement(self, build, **more):
        net = PlacedModule(
            path="model",
            class_name="Net",
            training=False,
            parameters=1,
            parameter_bytes=4,
            buffer_bytes=0,
            gradient_bytes=0,
        )
        tensors = [self.tensor(build, **more)]
        return Placement(tensors=tensors, modules=[net], torch_name="torch")

    def session(self, build, source=SCORES, others=("a = 1", "b = 2"), **more):
        placement = self.placement(build, **more)
        memory = [build.memory(before=200 << 20, after=200 << 20)]
        first = build.record(source, "compute", placement=placement)
        later = [
            build.record(text, f"other{number}", placement=placement, memory=memory)
            for number, text in enumerate(others)
        ]
        return first, *later

    def test_fires(self, build):
        records = self.session(build)
        (advice,) = advised(build, self.RULE, *records)
        assert advice.cell_id == "compute"
        assert advice.title == "`scores` keeps 64 MiB on cuda:0, and no other cell reads it."
        assert advice.lines == [1]
        assert apply_edits(SCORES, advice.fix.edits) == f"{SCORES}\ndel scores"
        assert advice.fix.safe
        (action,) = advice.actions
        assert (action.kind, action.targets) == ("delete_names", ["scores"])
        assert advice.prediction.before - advice.prediction.after == 64 << 20

    @pytest.mark.parametrize(
        "source",
        [
            "scores = f(x)\nprint(scores.shape)\nloss = torch.sum(scores)",
            "scores = f(x)\nout = model(scores)",
            "for x in data:\n    scores = f(x)\n    hits += (scores > 0).sum()",
            "scores = f(x)\ny = scores.view(-1)[::2] * 2",
        ],
    )
    def test_ways_to_use_a_tensor_up(self, build, source):
        assert advised(build, self.RULE, *self.session(build, source))

    def test_the_shown_value_stays_the_last(self, build):
        source = "scores = f(x)\ny = scores * 2\ny.mean()"
        (advice,) = advised(build, self.RULE, *self.session(build, source))
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed == "scores = f(x)\ny = scores * 2\ndel scores\ny.mean()"

    def test_refused_where_the_shown_value_needs_it(self, build):
        source = "scores = f(x)\nscores.mean()"
        (advice,) = advised(build, self.RULE, *self.session(build, source))
        assert advice.fix is None
        assert advice.refusal == "The cell shows its last value, which needs the variable."
        assert advice.actions

    @pytest.mark.parametrize(
        "source",
        [
            "scores = load(path)",
            "scores = load(path)\nprint(scores.shape, len(scores))",
            "scores = load(path)\ndata = TensorDataset(scores, y)\nm = scores.mean()",
            "scores = f(x)\nview = scores.view(-1)\nm = scores.mean()",
            "scores = f(x)\nhalf = scores[:10]\nm = scores.mean()",
            "scores = f(x)\nkept.append(scores)\nm = scores.mean()",
            "scores = f(x)\nalias = scores\nm = scores.mean()",
            "scores = f(x)\nmine(scores)",
            "scores.add_(1)",
            "a = scores * 2",
        ],
    )
    def test_silent_where_it_is_not_known_to_be_used_up(self, build, source):
        assert not advised(build, self.RULE, *self.session(build, source))

    @pytest.mark.parametrize(
        "function",
        [
            "def later():\n    return scores * 2",
            "def later():\n    global scores\n    scores = scores * 0.9",
            "def later():\n    global scores\n    scores += 1",
            "def later():\n    global scores\n    del scores",
            "def later():\n    def inner(scores):\n        pass\n    return scores * 2",
            "def later(show=lambda scores: 1):\n    return scores * 2",
            "def later():\n    print(scores * 2)\n    return [scores for scores in range(3)]",
            "def later():\n    class Own:\n        scores = 1\n    return scores * 2",
            "later = (x * scores for x in range(3))",
        ],
    )
    def test_silent_where_a_function_of_the_cell_needs_it_later(self, build, function):
        source = f"{SCORES}\n{function}"
        names = {"scores": 1}
        exec(f"{function}\ndel scores", names)  # what the fix would do
        with pytest.raises(NameError):
            list(names["later"]() if callable(names["later"]) else names["later"])
        assert not advised(build, self.RULE, *self.session(build, source))

    @pytest.mark.parametrize(
        "function",
        [
            "def later(scores):\n    return scores * 2",
            "def later():\n    scores = 2\n    return scores * 2",
            "def later():\n    global scores\n    scores = 2",
            "def later():\n    return [scores * 2 for scores in range(3)]",
            "later = lambda scores: scores * 2",
        ],
    )
    def test_a_function_with_a_variable_of_that_name(self, build, function):
        source = f"{SCORES}\n{function}"
        (advice,) = advised(build, self.RULE, *self.session(build, source))
        assert advice.fix.safe

    @pytest.mark.parametrize(
        "others",
        [
            ("a = 1",),
            ("a = 1", "b = 2", "print(scores)"),
            ("def later():\n    return scores", "b = 2", "c = 3"),
            ("%time scores.sum()", "b = 2", "c = 3"),
        ],
    )
    def test_silent_while_it_may_be_read(self, build, others):
        assert not advised(build, self.RULE, *self.session(build, others=others))

    @pytest.mark.parametrize(
        "more",
        [
            {"size": 15_000_000},
            {"has_grad_fn": True},
            {"requires_grad": True},
            {"shares_storage": True},
            {"name": "batch['scores']"},
        ],
    )
    def test_silent_for_other_tensors(self, build, more):
        assert not advised(build, self.RULE, *self.session(build, **more))

    def test_silent_when_it_has_been_rebound_or_deleted(self, build):
        records = self.session(build)
        records[-1].placement = Placement(torch_name="torch")
        assert not advised(build, self.RULE, *records)

    def test_silent_for_the_fixed_cell(self, build):
        first, *later = self.session(build, f"{SCORES}\ndel scores")
        for record in (first, *later):
            record.placement = Placement(torch_name="torch")
        assert not advised(build, self.RULE, first, *later)


class TestEmptyCacheMisuse:
    RULE = "empty-cache-misuse"

    def cleared(self, build, source=LOOP, *, calls=200, seconds=0.4, freed=1 << 30, **more):
        clears = CacheClears(calls=calls, duration_s=seconds, places=[at(3)], freed_bytes=freed)
        memory = [build.memory(after=1 << 30, peak=2 << 30)]
        values = {"cache_clears": clears, "memory": memory, "duration_s": 4.0}
        return build.record(source, "loop", **{**values, **more})

    def test_in_a_loop(self, build):
        (advice,) = advised(build, self.RULE, self.cleared(build))
        assert advice.title == "Emptying the cache 200 times in a loop took 400 ms."
        assert advice.severity == "medium"
        assert advice.lines == [3]
        assert apply_edits(LOOP, advice.fix.edits) == "for x in loader:\n    step(x)\n"
        prediction = advice.prediction
        assert (prediction.metric, prediction.before, round(prediction.after, 6)) == (
            "duration_s",
            4.0,
            3.6,
        )

    def test_memory_that_is_fetched_again_and_again(self, build):
        record = self.cleared(build, calls=40, seconds=0.001, freed=8 << 30)
        (advice,) = advised(build, self.RULE, record)
        assert advice.title == "A loop empties the cache 40 times and fetches 8 GiB again."
        assert advice.severity == "low"
        assert advice.prediction is None

    @pytest.mark.parametrize(
        "more", [{"calls": 9}, {"freed": 3 << 30}, {"freed": 1 << 20}, {"duration_s": 90.0}]
    )
    def test_silent_for_a_call_now_and_then(self, build, more):
        values = {"calls": 40, "seconds": 0.001, "freed": 8 << 30, **more}
        assert not advised(build, self.RULE, self.cleared(build, **values))

    def test_in_a_function_that_a_loop_calls(self, build):
        text = "def step(x):\n    y = model(x)\n    torch.cuda.empty_cache()\n    return y\n"
        defined = build.record(text, "define")
        (advice,) = advised(
            build, self.RULE, defined, self.cleared(build, "for x in loader:\n    step(x)\n")
        )
        assert (advice.code_cell_id, advice.lines) == ("define", [3])

    @pytest.mark.parametrize(
        "source",
        ["for x in loader:\n    worker.step(x)", "worker.run(loader)", "sum(map(step, loader))"],
    )
    def test_in_a_method_that_a_loop_calls(self, build, source):
        text = (
            "from torch.cuda import empty_cache as forget\nclass Worker:\n"
            "    def step(self, x):\n        self.y = model(x)\n        forget()\n"
            "    def run(self, xs):\n        for x in xs:\n            self.step(x)\n"
        )
        found = advised(build, self.RULE, build.record(text, "define"), self.cleared(build, source))
        assert [advice.lines for advice in found] == ([] if "map" in source else [[5]])

    def test_expected_to_free_what_is_alive(self, build):
        source = "torch.cuda.empty_cache()\nprint(torch.cuda.memory_allocated())"
        record = self.cleared(build, source, calls=1, seconds=0.001, freed=0)
        (advice,) = advised(build, self.RULE, record)
        assert advice.title == "Emptying the cache freed nothing: 1 GiB on cuda:0 are in use."
        assert advice.fix is None
        assert "Delete the variables" in advice.refusal

    def test_before_the_next_cell_ran_out_of_memory(self, build):
        out = OutOfMemory(
            device="cuda:0",
            requested_bytes=1,
            allocated_bytes=1,
            reserved_bytes=1,
            total_bytes=1,
            free_bytes=0,
            alloc_retries=0,
        )
        first = self.cleared(build, "torch.cuda.empty_cache()", calls=1, seconds=0.001, freed=0)
        failed = build.record("train()", "train", status="error", out_of_memory=out)
        assert advised(build, self.RULE, first, failed)

    @pytest.mark.parametrize(
        "more",
        [
            {"calls": 2},
            {"seconds": 0.03, "freed": 1 << 20},
            {"seconds": 0.06, "duration_s": 60.0, "freed": 1 << 20},
            {"source": "torch.cuda.empty_cache()\n" * 3},
            {"source": "free()"},
        ],
    )
    def test_silent_where_it_costs_little(self, build, more):
        assert not advised(build, self.RULE, self.cleared(build, **more))

    def test_silent_where_nobody_looks(self, build):
        record = self.cleared(build, "torch.cuda.empty_cache()", calls=1, seconds=0.0, freed=0)
        assert not advised(build, self.RULE, record, build.record("train()", "train"))

    def test_silent_where_it_freed_something(self, build):
        source = "del model\ntorch.cuda.empty_cache()\ntorch.cuda.memory_allocated()"
        assert not advised(build, self.RULE, self.cleared(build, source, calls=1, seconds=0.001))

    def test_silent_without_calls(self, build):
        assert not advised(build, self.RULE, build.record(LOOP))

    def test_refused_where_the_call_is_a_part_of_something(self, build):
        source = "for x in loader:\n    done = torch.cuda.empty_cache() or step(x)\n"
        (advice,) = advised(build, self.RULE, self.cleared(build, source))
        assert advice.refusal == "The call of line 2 is a part of something else."
