"""Leaks by outputs, tracebacks and old objects, on records that are built by hand."""

from __future__ import annotations

import pytest
from builders import advised, fixed
from jupyterlab_torchprof.record import ErrorInfo, Holder, Optimizer, OutOfMemory

MODEL = "model = make_model()\nmodel.to('cuda')"


def holder(kind="output", name="Out[1]", size=64 << 20, **more) -> Holder:
    values = {
        "kind": kind,
        "name": name,
        "what": "Tensor [64, 512, 512]",
        "unique_bytes": {"cuda:0": size},
        "execution_count": 1,
    }
    return Holder(**{**values, **more})


class TestOutCacheTensor:
    RULE = "out-cache-tensor"

    def shown(self, build, source="x = make()\nx", **more):
        return build.record(source, "shown", execution_count=1, **more)

    def later(self, build, source="x = None", size=64 << 20, **more):
        values = {"execution_count": 2, "holders": [holder(size=size)]}
        memory = [build.memory(before=100 << 20, after=100 << 20)]
        return build.record(source, "later", memory=memory, **{**values, **more})

    def test_fires(self, build):
        (advice,) = advised(build, self.RULE, self.shown(build), self.later(build))
        assert advice.cell_id == "shown"
        assert advice.title == "Out[1] keeps 64 MiB on cuda:0 that no variable holds any more."
        assert advice.evidence == [
            "Out[1], a Tensor [64, 512, 512], alone keeps 64 MiB on cuda:0 alive."
        ]
        assert advice.lines == [2]
        assert fixed(advice, "x = make()\nx") == "x = make()\nx;"
        assert not advice.fix.safe
        assert advice.prediction is None
        (action,) = advice.actions
        assert (action.kind, action.targets) == ("release_outputs", ["1"])
        assert action.expected_bytes == {"cuda:0": 64 << 20}

    def test_what_a_variable_held_before(self, build):
        old = holder("old_object", "x", held_by=["Out[1]"], execution_count=None)
        assert advised(build, self.RULE, self.shown(build), self.later(build, holders=[old]))
        old.held_by.append("optimizer")
        assert not advised(build, self.RULE, self.shown(build), self.later(build, holders=[old]))

    def test_an_expression_is_kept_at_once(self, build):
        memory = [build.memory(before=100 << 20, after=100 << 20)]
        record = self.shown(build, "model(x)", holders=[holder()], memory=memory)
        (advice,) = advised(build, self.RULE, record)
        assert fixed(advice, "model(x)") == "model(x);"
        assert advice.prediction is None, "the fix frees nothing now"
        assert advice.actions

    def test_a_value_that_the_text_does_not_show(self, build):
        memory = [build.memory(before=100 << 20, after=100 << 20)]
        record = self.shown(build, "%%run_elsewhere\nmodel(x", holders=[holder()], memory=memory)
        (advice,) = advised(build, self.RULE, record)
        assert advice.fix is None
        assert "semicolon" in advice.refusal
        assert advice.prediction.before - advice.prediction.after == 64 << 20

    def test_several_runs_of_the_cell_are_counted_together(self, build):
        again = build.record("x = make()\nx", "shown", execution_count=2)
        holders = [holder(), holder(name="Out[2]", execution_count=2)]
        session = build.Session(
            self.shown(build), again, self.later(build, execution_count=3, holders=holders)
        )
        (advice,) = [a for a in session.advised() if a.rule == self.RULE]
        assert advice.title.startswith("Out[1] and Out[2] keep 128 MiB")

    @pytest.mark.parametrize("size", [15_000_000, 0])
    def test_silent_below_the_floor(self, build, size):
        assert not advised(build, self.RULE, self.shown(build), self.later(build, size=size))

    def test_fires_above_one_percent_of_a_small_device(self, build):
        memory = [build.memory(total=400_000_000)]
        later = build.record("x = None", "later", memory=memory, holders=[holder(size=5_000_000)])
        assert advised(build, self.RULE, self.shown(build), later)

    @pytest.mark.parametrize("source", ["y = _", "y = Out[1] + 1", "y = _1.mean()"])
    def test_silent_when_somebody_reads_outputs(self, build, source):
        assert not advised(build, self.RULE, self.shown(build), self.later(build, source))

    @pytest.mark.parametrize("source", ["for _ in range(3):\n    pass", "_, y = pair"])
    def test_an_underscore_that_is_bound_is_no_output(self, build, source):
        assert advised(build, self.RULE, self.shown(build), self.later(build, source))

    def test_silent_for_outputs_of_other_cells(self, build):
        other = self.later(build, holders=[holder(execution_count=7)])
        assert not advised(build, self.RULE, self.shown(build), other)

    def test_silent_when_it_has_been_released(self, build):
        session = build.Session(self.shown(build), self.later(build))
        session.add(build.record("y = 1", "third", execution_count=3))
        assert not [a for a in session.advised() if a.rule == self.RULE]

    def test_silent_for_the_fixed_text(self, build):
        fixed_run = build.record("x = make()\nx;", "shown", execution_count=2)
        later = self.later(build, execution_count=3)
        latest = build.Session(self.shown(build), fixed_run, later).history[1]
        assert not latest.advice


class TestTracebackPinsTensors:
    RULE = "traceback-pins-tensors"

    def failed(self, build, source="a = 1\ntrain(model)", cell_id="failed", **more):
        error = ErrorInfo(name="RuntimeError", message="bad", line=2)
        values = {"status": "error", "error": error, "holders": [self.pinned()]}
        return build.record(source, cell_id, **{**values, **more})

    def pinned(self, **more):
        return holder("traceback", "train_step: activations", **more)

    def test_fires_when_the_next_cell_has_run(self, build):
        after = build.record("b = 2", "next", execution_count=2, holders=[self.pinned()])
        (advice,) = advised(build, self.RULE, self.failed(build), after)
        assert advice.title == "The traceback of this error keeps 64 MiB on cuda:0 alive."
        assert advice.lines == [2]
        assert advice.leftover, "gone with the kernel"
        assert "%debug" in advice.explanation
        (action,) = advice.actions
        assert action.kind == "clear_traceback"
        assert "%debug" in action.description

    def test_what_a_variable_held_before(self, build):
        old = holder("old_object", "x", held_by=["traceback"], execution_count=None)
        after = build.record("b = 2", "next", execution_count=2, holders=[old])
        assert advised(build, self.RULE, self.failed(build), after)

    @pytest.mark.parametrize(
        ("size", "total", "severity"),
        [
            (45 << 20, 23 << 30, "low"),
            (1 << 30, 23 << 30, "medium"),
            (3 << 30, 23 << 30, "high"),
            (45 << 20, None, "high"),
        ],
    )
    def test_the_share_of_the_device_counts(self, build, size, total, severity):
        memory = [build.memory(after=4 << 30, total=total)]
        holders = [self.pinned(size=size)]
        after = build.record("b = 2", "next", execution_count=2, holders=holders, memory=memory)
        (advice,) = advised(build, self.RULE, self.failed(build), after)
        assert advice.severity == severity

    def test_fires_at_once_when_memory_ran_out(self, build):
        out = OutOfMemory(
            device="cuda:0",
            requested_bytes=1,
            allocated_bytes=1,
            reserved_bytes=1,
            total_bytes=1 << 36,
            free_bytes=0,
            alloc_retries=0,
        )
        (advice,) = advised(build, self.RULE, self.failed(build, out_of_memory=out))
        assert advice.severity == "high"

    def test_silent_on_the_failed_run_itself(self, build):
        assert not advised(build, self.RULE, self.failed(build))

    def test_silent_when_the_next_run_found_nothing(self, build):
        after = build.record("b = 2", "next", execution_count=2)
        assert not advised(build, self.RULE, self.failed(build), after)

    def test_silent_when_another_error_has_taken_its_place(self, build):
        other = self.failed(build, cell_id="other", execution_count=2, source="fail()")
        other.holders[0].execution_count = 2
        assert not advised(build, self.RULE, self.failed(build), other)

    def test_silent_below_the_floor(self, build):
        small = [self.pinned(size=1 << 20)]
        after = build.record("b = 2", "next", execution_count=2, holders=small)
        assert not advised(build, self.RULE, self.failed(build), after)

    def test_silent_for_a_cell_that_ended_well(self, build):
        well = build.record("a = 1", "well")
        after = build.record("b = 2", "next", execution_count=2, holders=[self.pinned()])
        assert not advised(build, self.RULE, well, after)


class TestOldModelAlive:
    RULE = "old-model-alive"

    def old(self, **more):
        values = {"what": "Net", "held_by": ["optimizer"], "execution_count": None}
        return holder("old_object", "model", **{**values, **more})

    def optimizer(self):
        return Optimizer(variable="optimizer", class_name="Adam", steps=0)

    def rebuilt(self, build, source=MODEL, **more):
        values = {"holders": [self.old()], "optimizers": [self.optimizer()]}
        return build.record(source, "build", **{**values, **more})

    def after(self, build, source="print(1)", **more):
        values = {"holders": [self.old()], "optimizers": [self.optimizer()]}
        memory = [build.memory(before=200 << 20, after=200 << 20)]
        return build.record(source, "after", memory=memory, **{**values, **more})

    def test_fires(self, build):
        (advice,) = advised(build, self.RULE, self.rebuilt(build), self.after(build))
        assert advice.cell_id == "build"
        assert advice.title == "The `model` of before is still alive: 64 MiB on cuda:0."
        assert advice.evidence == [
            "The old `model` (Net) takes 64 MiB on cuda:0 and is kept by `optimizer`."
        ]
        assert fixed(advice, MODEL) == f"model = optimizer = None\n{MODEL}"
        (action,) = advice.actions
        assert (action.kind, action.targets) == ("delete_names", ["optimizer"])
        assert advice.prediction.before - advice.prediction.after == 64 << 20

    def test_each_of_several_keepers_has_its_action(self, build):
        old = self.old(held_by=["optimizer", "Out[3]", "traceback"])
        after = self.after(build, holders=[old])
        (advice,) = advised(build, self.RULE, self.rebuilt(build), after)
        kinds = [(action.kind, action.targets) for action in advice.actions]
        assert kinds == [
            ("delete_names", ["optimizer"]),
            ("release_outputs", ["3"]),
            ("clear_traceback", []),
        ]
        assert not any(action.expected_bytes for action in advice.actions)

    @pytest.mark.parametrize("held_by", [["Out[3]"], ["traceback"]])
    def test_silent_where_another_rule_has_the_answer(self, build, held_by):
        after = self.after(build, holders=[self.old(held_by=held_by)])
        assert not advised(build, self.RULE, self.rebuilt(build), after)

    def test_a_scheduler_is_known_by_the_call_that_made_it(self, build):
        made = build.record(
            "from torch.optim.lr_scheduler import StepLR\nsched = StepLR(optimizer, 1)", "made"
        )
        held_by = ["sched", "optimizer"]
        after = self.after(build, holders=[self.old(held_by=held_by)])
        (advice,) = advised(build, self.RULE, made, self.rebuilt(build), after)
        assert fixed(advice, MODEL).startswith("model = sched = optimizer = None\n")

    def test_silent_until_the_next_cell_has_run(self, build):
        assert not advised(build, self.RULE, self.rebuilt(build))

    def test_silent_when_the_next_cell_made_the_optimizer_anew(self, build):
        anew = self.after(build, "optimizer = Adam(model.parameters())", holders=[])
        assert not advised(build, self.RULE, self.rebuilt(build), anew)

    @pytest.mark.parametrize("held_by", [[], ["ensemble"], ["optimizer", "trainer"]])
    def test_silent_for_keepers_that_may_want_it(self, build, held_by):
        after = self.after(build, holders=[self.old(held_by=held_by)])
        assert not advised(build, self.RULE, self.rebuilt(build), after)

    def test_silent_where_the_new_is_made_from_the_old(self, build):
        rebuilt = self.rebuilt(build, "model = torch.compile(model)")
        assert not advised(build, self.RULE, rebuilt, self.after(build))

    def test_silent_below_the_floor(self, build):
        after = self.after(build, holders=[self.old(size=1 << 20)])
        assert not advised(build, self.RULE, self.rebuilt(build), after)

    def test_refused_inside_a_block(self, build):
        rebuilt = self.rebuilt(build, "if True:\n    model = make_model()")
        (advice,) = advised(build, self.RULE, rebuilt, self.after(build))
        assert advice.fix is None
        assert advice.refusal == (
            "`model` is not bound by a statement at top level. Above the one that binds it, set "
            "`model` and `optimizer` to `None`."
        )
