"""Advice on how ranks reduce gradients, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, collective, forward, lines_of, only, rank_of, replica
from jupyterlab_torchprof.record import GradState, MemoryEntry, Optimizer

LAUNCH = "mp.start_processes(train, nprocs=2)"
TRAIN = "def train(rank):\n    loss = model.module(x).sum()\n    loss.backward()\n"
SIZE = 4 << 20


class TestDdpBypassed:
    RULE = "ddp-bypassed"

    def ranks(self, build, *collectives, count=2, stepped=SIZE, model="Net", **more):
        made = collective("broadcast", SIZE + 40), collective("all_gather", 8)
        for number in range(count):
            record = build.record(
                TRAIN,
                f"rank {number}",
                grad=GradState(
                    backwards=20,
                    optimizer_steps=20,
                    forwards=[forward(at(2), module=model)],
                ),
                optimizers=[
                    Optimizer(
                        variable=None,
                        class_name="SGD",
                        steps=20,
                        parameter_bytes={"float32": stepped},
                    )
                ],
                places=lines_of(TRAIN),
            )
            yield rank_of(
                build,
                number,
                exit="ok",
                record=record,
                collectives=[*(collectives or made)],
                replicas=[replica(**{"iterations": 0, "parameter_bytes": SIZE, **more})],
            )

    def said(self, build, *collectives, launch=LAUNCH, **more):
        ranks = list(self.ranks(build, *collectives, **more))
        train = build.record(TRAIN, "train")
        return only(build, self.RULE, train, build.record(launch, "launch", ranks=ranks))

    def test_the_line_that_goes_past_the_wrapper_is_named(self, build):
        advice = self.said(build)
        assert advice.severity == "high"
        assert (advice.code_cell_id, advice.lines) == ("train", [2])
        assert "exchanged 8 B" in advice.evidence[1]

    def test_a_loss_that_is_averaged_explains_nothing(self, build):
        made = collective("broadcast", SIZE), collective("all_reduce", 80, 20)
        assert self.said(build, *made) is not None

    @pytest.mark.parametrize("name", ["all_reduce", "reduce_scatter", "all_gather", "reduce"])
    def test_other_collectives_may_have_reduced_gradients(self, build, name):
        assert self.said(build, collective("broadcast", SIZE), collective(name, SIZE)) is None

    def test_without_the_broadcast_the_recorder_may_not_work(self, build):
        assert self.said(build, collective("all_gather", 8)) is None

    def test_a_wrapper_that_is_called_or_not_trained_is_none(self, build):
        assert self.said(build, model="DistributedDataParallel") is None
        assert self.said(build, stepped=SIZE // 2) is None
        assert self.said(build, parameter_bytes=0) is None

    def test_alone_there_is_nothing_to_reduce(self, build):
        assert self.said(build, count=1) is None

    def test_what_the_recorder_does_not_see_may_have(self, build):
        assert self.said(build, launch=f"import horovod\n{LAUNCH}") is None


class TestBucketView:
    def said(self, build, peak=950, devices=("cuda:0",), **more):
        record = build.record(
            TRAIN,
            "rank",
            memory=[
                MemoryEntry(
                    device="cuda:0",
                    allocated_before_bytes=0,
                    allocated_after_bytes=0,
                    peak_bytes=peak << 20,
                    peak_is="exact",
                    total_bytes=1000 << 20,
                )
            ],
            optimizers=[
                Optimizer(variable=None, class_name="SGD", steps=20, devices=list(devices))
            ],
        )
        wrapper = replica(**{"parameter_bytes": 100 << 20, **more})
        run = rank_of(build, 0, exit="ok", record=record, replicas=[wrapper])
        return only(build, "bucket-view", build.record(LAUNCH, "launch", ranks=[run]))

    def test_what_the_second_copy_takes_is_said(self, build):
        advice = self.said(build)
        assert advice.severity == "info"
        assert advice.title == "`model` keeps its gradients twice on cuda:0, which is nearly full."
        assert "up to 100 MiB less" in advice.explanation
        assert advice.evidence[0] == "Rank 0 held up to 950 MiB of 1000 MiB of cuda:0."

    def test_a_device_with_room_needs_none(self, build):
        assert self.said(build, peak=850) is None

    def test_gradients_that_are_views_small_or_elsewhere(self, build):
        assert self.said(build, bucket_view=True) is None
        assert self.said(build, iterations=0) is None
        assert self.said(build, parameter_bytes=1 << 20) is None
        assert self.said(build, devices=("cpu",)) is None
        assert self.said(build, devices=("cuda:0", "cuda:1")) is None


class TestFindUnusedNeedless:
    def said(self, build, source=LAUNCH):
        wrapper = replica(finds_unused=True)
        ranks = [rank_of(build, at, exit="ok", replicas=[wrapper]) for at in range(2)]
        launch = build.record(source, "launch", ranks=ranks)
        return only(build, "find-unused-needless", launch)

    def test_who_asks_for_it_is_to_leave_it_out(self, build):
        assert "Trainer" not in self.said(build).explanation

    def test_trainer_has_a_setting(self, build):
        advice = self.said(build, f"args = TrainingArguments(out)\n{LAUNCH}")
        assert "`TrainingArguments(ddp_find_unused_parameters=False)`" in advice.explanation
