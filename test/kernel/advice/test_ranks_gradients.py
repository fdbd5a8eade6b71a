"""Advice on how ranks reduce gradients, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, collective, forward, lines_of, only, rank_of, replica
from jupyterlab_torchprof.record import GradState, Optimizer

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
