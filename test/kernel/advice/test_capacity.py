"""The rules about the memory of devices, on records that are built by hand."""

from __future__ import annotations

import pytest
from builders import advised, at
from jupyterlab_torchprof.advice.capacity.headroom import BatchHeadroom
from jupyterlab_torchprof.advice.grammar import Case
from jupyterlab_torchprof.record import (
    Collected,
    ErrorInfo,
    Holder,
    MemoryShare,
    Move,
    OutOfMemory,
    PlacedModule,
    Placement,
    RunGrowth,
    TorchState,
)

GIB = 1 << 30


def out_of_memory(**more) -> OutOfMemory:
    values = {
        "device": "cuda:0",
        "requested_bytes": 2 * GIB,
        "allocated_bytes": 15 * GIB,
        "reserved_bytes": 15 * GIB + GIB // 2,
        "total_bytes": 16 * GIB,
        "free_bytes": GIB // 2,
        "alloc_retries": 0,
        "holders": [
            MemoryShare(kind="parameters", name="model", held_bytes=9 * GIB),
            MemoryShare(kind="unknown", name=None, held_bytes=6 * GIB),
        ],
    }
    return OutOfMemory(**{**values, **more})


def failed(build, source="loss = train(model)", **more):
    values = {
        "status": "error",
        "error": ErrorInfo(name="OutOfMemoryError", message="…", line=1),
        "out_of_memory": out_of_memory(),
        "memory": [build.memory(before=GIB, after=15 * GIB, peak=15 * GIB, total=16 * GIB)],
    }
    return build.record(source, "train", **{**values, **more})


class TestVramNearLimit:
    RULE = "vram-near-limit"

    def near(self, build, peak=15 * GIB, **more):
        forwards = build.forwards(2, calls=10, training=True)
        forwards.shapes, forwards.dtype = [[64, 3, 224, 224], [16, 3, 224, 224]], "float32"
        values = {
            "forwards": [forwards],
            "forward_graphs": [build.graph(2, "consumed", saved=8 * GIB)],
            "memory": [build.memory(before=3 * GIB, after=3 * GIB, peak=peak, total=16 * GIB)],
        }
        return build.record("for x in loader:\n    step(model(x))", **{**values, **more})

    def test_near_the_limit(self, build):
        (advice,) = advised(build, self.RULE, self.near(build))
        assert advice.title == "The peak came to 94% of the memory of cuda:0."
        assert advice.severity == "medium"
        assert advice.evidence == ["Peak 15 GiB of 16 GiB on cuda:0."]
        # 3 GiB stay, and half of the 12 GiB that came and went.
        assert "Half the batch (32 instead of 64) peaks at about 9 GiB" in advice.explanation
        assert "saves 8 GiB for its backward" in advice.explanation
        assert "bfloat16" in advice.explanation
        assert advice.fix is None
        assert advice.refusal

    def test_out_of_memory(self, build):
        (advice,) = advised(build, self.RULE, failed(build))
        assert advice.title == "cuda:0 ran out of memory: 2 GiB were asked for, 512 MiB were left."
        assert advice.severity == "high"
        assert advice.evidence == [
            "15 GiB of 16 GiB were in use on cuda:0.",
            "`model`, parameters and buffers: 9 GiB.",
            "Something that is not known: 6 GiB.",
        ]
        assert advice.lines == [1]

    def test_what_came_in_the_run_is_told_with_its_line(self, build):
        grown = RunGrowth(run_id="r", grown_bytes=2 * GIB, tensors=8, line=3)
        shares = [
            MemoryShare(kind="tensors", name="outs", held_bytes=3 * GIB, within=grown),
            MemoryShare(kind="tensors", name="cache", held_bytes=2 * GIB, within=grown),
        ]
        run = failed(build, out_of_memory=out_of_memory(holders=shares))
        shares[0].within = RunGrowth(run_id=run.run_id, grown_bytes=2 * GIB, tensors=8, line=3)
        (advice,) = advised(build, self.RULE, run)
        assert advice.evidence[1:] == [
            "`outs`, tensors: 3 GiB; 2 GiB of it came in this run, at line 3.",
            "`cache`, tensors: 2 GiB.",
        ]

    def left(self, build, maker="import torch\nscores = torch.ones(9)", *cells, **more):
        """A full device on which `scores` holds 3 GiB; ``more`` for the failed run."""
        scores = build.placed("scores")
        scores.requires_grad = scores.has_grad_fn = False
        share = MemoryShare(kind="tensors", name="scores", held_bytes=3 * GIB)
        mask = MemoryShare(kind="tensors", name="mask", held_bytes=1 << 20)
        runs = [build.record(text, f"cell {number}") for number, text in enumerate((maker, *cells))]
        values = {
            "out_of_memory": out_of_memory(holders=[share, mask]),
            "placement": Placement(torch_name="torch", tensors=[scores]),
        }
        (advice,) = advised(build, self.RULE, *runs, failed(build, **{**values, **more}))
        return advice.actions

    @pytest.mark.parametrize(
        "maker",
        [
            "import torch\nscores = torch.cat(parts)\nprint(scores.shape)",
            "import torch\nscores = torch.randn(9).to(device)\nmean = scores.mean()",
            "scores = x @ w\nbest = scores.argmax()",
            "scores = evaluate(model)",
        ],
    )
    def test_variables_that_nobody_else_mentions_can_be_deleted(self, build, maker):
        (action,) = self.left(build, maker)
        assert (action.kind, action.targets) == ("delete_names", ["scores"])
        assert action.expected_bytes == {"cuda:0": 3 * GIB}
        assert "no other cell mentions" in action.description

    @pytest.mark.parametrize(
        "maker",
        [
            "scores = torch.ones(9)\ndata = TensorDataset(scores)",  # of a loader
            "scores = torch.ones(9)\nfirst = scores[:8]",
            "scores = torch.ones(9)\nkept.append(scores)",
            "scores = same = torch.ones(9)",
            'scores = batch["scores"]',
            "scores = data.tensors[0]",
            "scores = x.to(device)",  # it may be there already
            "scores = next(batches)",
            "for scores in batches:\n    pass",
            "other = 1",
        ],
    )
    def test_variables_whose_memory_something_may_hold_are_left(self, build, maker):
        assert not self.left(build, f"import torch\n{maker}")

    @pytest.mark.parametrize(
        "cell", ["def train(model):\n    return scores.sum()", "loss = model(scores)"]
    )
    def test_variables_of_another_cell_s_text_are_left(self, build, cell):
        assert not self.left(build, "import torch\nscores = torch.ones(9)", cell)

    def test_variables_of_the_failed_cell_are_left(self, build):
        source = "loss = train(model, scores)"
        scores = build.placed("scores")
        scores.requires_grad = scores.has_grad_fn = False
        share = MemoryShare(kind="tensors", name="scores", held_bytes=3 * GIB)
        record = failed(
            build,
            source,
            out_of_memory=out_of_memory(holders=[share]),
            placement=Placement(torch_name="torch", tensors=[scores]),
        )
        made = build.record("import torch\nscores = torch.ones(9)", "make")
        (advice,) = advised(build, self.RULE, made, record)
        assert not advice.actions

    def test_variables_that_graphs_may_hold_are_left(self, build):
        assert not self.left(build, retained=[build.retained("loss")])
        assert not self.left(build, retained_complete=False)

    def test_variables_that_share_memory_are_left(self, build):
        shared = build.placed("scores")
        shared.requires_grad = shared.has_grad_fn = False
        shared.shares_storage = True
        assert not self.left(build, placement=Placement(tensors=[shared]))

    def test_actions_free_what_is_held_without_need(self, build):
        holders = [
            Holder(
                kind="output",
                name="Out[3]",
                what="Tensor",
                unique_bytes={"cuda:0": GIB},
                execution_count=3,
            ),
            Holder(kind="traceback", name="f: x", what="Tensor", unique_bytes={"cuda:0": GIB}),
        ]
        (advice,) = advised(build, self.RULE, self.near(build, holders=holders))
        kinds = [(action.kind, action.targets) for action in advice.actions]
        assert kinds == [("release_outputs", ["3"]), ("clear_traceback", [])]
        assert "2 GiB are held that no variable reaches." in advice.explanation
        assert "action" not in advice.explanation + advice.refusal, "buttons speak for themselves"

    def test_the_largest_comes_first(self, build):
        """480 MiB in one variable, 384 MiB that the loop gathers, and 24 MiB of gradients."""
        mib, total = 1 << 20, GIB
        shares = [
            MemoryShare(kind="tensors", name="cache", held_bytes=480 * mib),
            MemoryShare(kind="tensors", name="outs", held_bytes=384 * mib),
            MemoryShare(kind="gradients", name="net", held_bytes=24 * mib),
        ]
        gathers = Collected(
            variable="outs",
            kind="list",
            tensors=48,
            new_tensors=48,
            scalars=0,
            storage_bytes={"cuda:0": 384 * mib},
        )
        net = PlacedModule(
            path="net",
            class_name="Net",
            training=True,
            parameters=1,
            parameter_bytes=24 * mib,
            buffer_bytes=0,
            gradient_bytes=24 * mib,
            devices={"cuda:0": 24 * mib},
        )
        record = failed(
            build,
            out_of_memory=out_of_memory(holders=shares, total_bytes=total),
            memory=[build.memory(before=600 * mib, after=990 * mib, peak=990 * mib, total=total)],
            collected=[gathers],
            placement=Placement(modules=[net]),
        )
        (advice,) = advised(build, self.RULE, record)
        assert advice.explanation == (
            "What could give way, with the numbers of this run: `cache` keeps 480 MiB. `outs` "
            "keeps 384 MiB; this run added 48 of its 48 tensors. Gradients take 24 MiB between "
            "the steps; zero_grad() frees them."
        )
        assert not advice.actions
        assert "action" not in advice.refusal

    def test_silent_for_a_cell_that_found_the_device_full(self, build):
        memory = build.memory(before=15 * GIB, after=9 * GIB, peak=15 * GIB, total=16 * GIB)
        assert not advised(build, self.RULE, self.near(build, memory=[memory]))
        memory.peak_bytes += GIB // 2
        assert advised(build, self.RULE, self.near(build, memory=[memory]))

    def test_the_cache_is_emptied_for_others_only(self, build):
        memory = build.memory(before=3 * GIB, after=3 * GIB, peak=15 * GIB, total=16 * GIB)
        memory.reserved_after_bytes = 14 * GIB
        (advice,) = advised(build, self.RULE, self.near(build, memory=[memory]))
        assert not advice.actions
        memory.other_processes_bytes = GIB
        (advice,) = advised(build, self.RULE, self.near(build, memory=[memory]))
        (action,) = advice.actions
        assert (action.kind, action.expected_bytes) == ("empty_cache", {"cuda:0": 11 * GIB})

    @pytest.mark.parametrize("peak", [0, 8 * GIB, 14 * GIB])
    def test_silent_where_there_is_room(self, build, peak):
        assert not advised(build, self.RULE, self.near(build, peak))

    def test_silent_for_the_host_and_without_a_total(self, build):
        host = build.memory(peak=15 * GIB, total=16 * GIB, device="host")
        unknown = build.memory(peak=15 * GIB, total=None)
        assert not advised(build, self.RULE, self.near(build, memory=[host, unknown]))

    def test_silent_where_a_module_did_not_fit(self, build):
        assert not advised(build, self.RULE, too_large(build))

    def test_silent_where_memory_is_fragmented(self, build):
        assert not advised(build, self.RULE, fragmented(build))


def too_large(build, size=20 * GIB, **more):
    move = Move(
        what="model (Net)",
        source={"cpu float32": size},
        target={"cpu float32": size - 10 * GIB, "cuda:0 float32": 10 * GIB},
        moved_bytes=10 * GIB,
        duration_s=1.0,
        no_op=False,
        place=at(1),
        failed=True,
    )
    out = out_of_memory(
        allocated_bytes=15 * GIB, reserved_bytes=15 * GIB, free_bytes=GIB, total_bytes=16 * GIB
    )
    return failed(build, "model.to('cuda')", **{"moves": [move], "out_of_memory": out, **more})


class TestModelExceedsVram:
    RULE = "model-exceeds-vram"

    def test_larger_than_the_device(self, build):
        (advice,) = advised(build, self.RULE, too_large(build))
        assert advice.title == "model (Net) takes 20 GiB, and cuda:0 had 11 GiB free."
        assert advice.severity == "high"
        assert "larger than the device, which has 16 GiB" in advice.explanation
        assert "In bfloat16 it takes 10 GiB, which fits." in advice.explanation
        assert advice.lines == [1]
        assert "bfloat16" in advice.refusal

    def test_would_fit_on_an_empty_device(self, build):
        (advice,) = advised(build, self.RULE, too_large(build, 14 * GIB))
        assert "it would fit if 3 GiB more of it were free" in advice.explanation

    def test_what_training_takes(self, build):
        module = PlacedModule(
            path="model",
            class_name="Net",
            training=True,
            parameters=1,
            parameter_bytes=20 * GIB,
            buffer_bytes=0,
            gradient_bytes=0,
            trainable_bytes=20 * GIB,
        )
        record = too_large(build, placement=Placement(modules=[module]))
        (advice,) = advised(build, self.RULE, record)
        assert "Training it with Adam takes 80 GiB" in advice.explanation

    @pytest.mark.parametrize("size", [10 * GIB, 11 * GIB])
    def test_silent_where_it_would_have_fitted(self, build, size):
        assert not advised(build, self.RULE, too_large(build, size))

    @pytest.mark.parametrize("more", [{"moves": []}, {"out_of_memory": None}])
    def test_silent_for_other_errors(self, build, more):
        assert not advised(build, self.RULE, too_large(build, **more))

    def test_silent_for_a_move_that_succeeded(self, build):
        record = too_large(build)
        record.moves[0].failed = False
        assert not advised(build, self.RULE, record)


def fragmented(build, source="train()", *, records=(), **more):
    values = {
        "allocated_bytes": 9 * GIB,
        "reserved_bytes": 15 * GIB,
        "requested_bytes": 2 * GIB,
        "alloc_retries": 3,
    }
    return failed(build, source, out_of_memory=out_of_memory(**{**values, **more}))


class TestFragmentation:
    RULE = "fragmentation"

    def test_fires(self, build):
        (advice,) = advised(build, self.RULE, fragmented(build))
        assert advice.title == (
            "cuda:0 ran out of memory with 6 GiB cached in pieces that are too small."
        )
        assert advice.severity == "medium"
        assert "2 GiB were asked for." in advice.evidence
        assert "The allocator had retried 3 times." in advice.evidence
        assert "`%env PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True`" in advice.refusal

    @pytest.mark.parametrize("version", ["2.9.0+cu128", "2.13.0"])
    def test_the_variable_of_newer_versions(self, build, version):
        record = fragmented(build)
        record.torch = TorchState(version=version)
        (advice,) = advised(build, self.RULE, record)
        assert "`%env PYTORCH_ALLOC_CONF=" in advice.refusal

    @pytest.mark.parametrize(
        "more",
        [
            {"alloc_retries": 0},
            {"alloc_retries": None},
            {"reserved_bytes": 12 * GIB},
            {"reserved_bytes": None},
            {"requested_bytes": 7 * GIB},
            {"total_bytes": None},
        ],
    )
    def test_silent_for_other_reasons(self, build, more):
        assert not advised(build, self.RULE, fragmented(build, **more))

    def test_silent_where_it_is_set(self, build):
        source = "%env PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True"
        assert not advised(build, self.RULE, build.record(source, "env"), fragmented(build))


class TestBatchHeadroom:
    RULE = "batch-headroom"

    def run(self, build, batch, seconds, cell_id, *, peak=4 * GIB, calls=100, **more):
        forwards = build.forwards(2, calls=calls, training=True)
        forwards.shapes, forwards.device = [[batch, 32]], "cuda:0"
        memory = build.memory(before=GIB, after=GIB, peak=peak, total=16 * GIB)
        values = {"forwards": [forwards], "memory": [memory], "duration_s": seconds}
        return build.record("train(loader)", cell_id, **{**values, **more})

    def runs(self, build, **more):
        return (
            self.run(build, 8, 9.0, "first"),
            self.run(build, 16, 1.0, "small"),
            self.run(build, 64, 2.0, "large", **more),
        )

    def test_fires(self, build):
        (advice,) = advised(build, self.RULE, *self.runs(build))
        assert advice.cell_id == "large"
        assert advice.severity == "info"
        assert advice.title == "cuda:0 has room for larger batches than 64."
        # 1 GiB stays, twice 3 GiB for the batch.
        assert "A batch of 128 should peak at about 7 GiB" in advice.explanation
        assert advice.evidence == [
            "A batch of 16 ran 1,600 items a second, one of 64 3,200.",
            "The peak was 4 GiB of 16 GiB on cuda:0.",
        ]

    def test_said_once(self, build):
        records = (*self.runs(build), self.run(build, 128, 2.0, "larger"))
        assert len(advised(build, self.RULE, *records)) == 1

    def test_silent_for_one_batch_size_and_for_the_run_that_started_the_device(self, build):
        first, small, _large = self.runs(build)
        assert not advised(build, self.RULE, first, small)
        assert not advised(build, self.RULE, self.runs(build)[2])

    def test_the_run_that_started_the_device_is_not_compared_with_later_ones(self, build):
        first, small, large = self.runs(build)
        rule, history = BatchHeadroom(), [large, first, small]
        assert rule.find(Case(large, history)) is None
        assert rule.find(Case(large, [first, small, large]))

    @pytest.mark.parametrize(
        "more",
        [{"peak": 9 * GIB}, {"calls": 4}, {"duration_s": 4.0}, {"status": "error"}],
    )
    def test_silent_without_room_or_gain(self, build, more):
        assert not advised(build, self.RULE, *self.runs(build, **more))

    def test_steps_count_where_forwards_are_counted_in_part(self, build):
        first, small, large = self.runs(build)
        for record in (small, large):
            record.grad.forwards_complete = False
        assert not advised(build, self.RULE, first, small, large)
        small.grad.optimizer_steps, large.grad.optimizer_steps = 400, 100
        assert not advised(build, self.RULE, first, small, large)
        large.grad.optimizer_steps = 400
        assert advised(build, self.RULE, first, small, large)

    def test_silent_when_the_device_is_busy(self, build):
        first, small, large = self.runs(build)
        large.memory[0].utilisation = 0.97
        assert not advised(build, self.RULE, first, small, large)

    def test_silent_for_another_model(self, build):
        first, small, large = self.runs(build)
        large.grad.forwards[0].module = "Other"
        assert not advised(build, self.RULE, first, small, large)


class TestManualMonitoring:
    RULE = "manual-monitoring"

    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("!nvidia-smi", 1),
            ("x = 1\n!nvidia-smi --query-gpu=memory.used --format=csv", 2),
            ("print(torch.cuda.memory_allocated() / 1e9)", 1),
            ("torch.cuda.memory_summary()", 1),
            ("x = 1\nprint(f'{torch.cuda.max_memory_allocated():,} bytes')", 2),
            ("torch.cuda.memory_allocated() / 2**20", 1),
            ("out = !nvidia-smi", 1),
        ],
    )
    def test_fires(self, build, source, line):
        (advice,) = advised(build, self.RULE, build.record(source))
        assert advice.lines == [line]
        assert advice.severity == "info"

    def test_said_once(self, build):
        records = [build.record("!nvidia-smi", f"cell{number}") for number in range(3)]
        assert len(advised(build, self.RULE, *records)) == 1

    @pytest.mark.parametrize(
        "source",
        [
            "peak = torch.cuda.max_memory_allocated()",
            "assert torch.cuda.memory_allocated() < limit",
            "log({'memory': torch.cuda.memory_allocated()})",
            "# nvidia-smi says",
            "print(memory)",
            "def used():\n    return torch.cuda.memory_allocated()",
        ],
    )
    def test_silent_where_the_number_is_used(self, build, source):
        assert not advised(build, self.RULE, build.record(source))
