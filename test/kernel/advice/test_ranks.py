"""Advice on ranks, from records built by hand."""

from __future__ import annotations

import pytest
from builders import failed, lines_of, machine, only, rank_of
from jupyterlab_torchprof.advice.engine import advise
from jupyterlab_torchprof.record import GradState, Lateness, MemoryEntry, Move, Sample, Waiting

RULE = "cuda-before-launch"
LAUNCH = "notebook_launcher(train, num_processes=2)"
SAYS = (
    "CUDA has been initialized before the `notebook_launcher` could create a forked subprocess. "
    "This likely stems from an outside import"
)
MOVE = "x = 1\nmodel.cuda()"


def move():
    return Move(
        what="model (Net)",
        source={"cpu float32": 4096},
        target={"cuda:0 float32": 4096},
        moved_bytes=4096,
        duration_s=0.1,
        no_op=False,
        place=1,
    )


def used(build, **more):
    memory = MemoryEntry(
        device="cuda:0",
        allocated_before_bytes=0,
        allocated_after_bytes=4096,
        peak_bytes=4096,
        peak_is="exact",
    )
    return build.record(
        MOVE,
        "used",
        execution_count=3,
        memory=[memory],
        moves=[move()],
        places=lines_of(MOVE),
        **more,
    )


def test_the_cell_that_used_cuda_first_is_named(build):
    before = build.record("import torch", "before")
    launch = failed(build, LAUNCH, SAYS, 1)
    advice = only(build, RULE, before, used(build), build.record("y = 2", "after"), launch)
    assert advice.title == (
        "The ranks cannot use CUDA: cell [3] has used the accelerator in this process."
    )
    assert advice.lines == [2]
    assert advice.code_cell_id == "used"
    assert advice.evidence[-1] == "The accelerator held memory first when cell [3] had run."


def test_where_nobody_is_known_the_launch_is_meant(build):
    advice = only(build, RULE, failed(build, LAUNCH, SAYS, 1))
    assert "a cell before this one has used the accelerator" in advice.title
    assert advice.lines == [1]


def test_what_the_program_raises_itself_is_no_launch(build):
    facts = {"facts": {"raised": True}}
    assert only(build, RULE, used(build), failed(build, LAUNCH, SAYS, 1, **facts)) is None
    other = failed(build, LAUNCH, "CUDA error: invalid device ordinal", 1)
    assert only(build, RULE, used(build), other) is None


def test_a_rank_of_an_earlier_launch_is_not_missing(build):
    waits = Waiting(name="gloo:all_reduce", group="0", number=2, since_s=4.0)
    earlier = [rank_of(build, 0), rank_of(build, 1)]
    both = [rank_of(build, 0, launch=1, waiting=waits), rank_of(build, 1, launch=1, waiting=waits)]
    record = build.record(LAUNCH, "launch", status="interrupted", ranks=earlier + both)
    assert "rank-stalled" not in [advice.rule for advice in advise(record, [record])]
    missing = [both[0], rank_of(build, 1, launch=1)]
    record = build.record(LAUNCH, "launch", status="interrupted", ranks=earlier + missing)
    [advice] = [one for one in advise(record, [record]) if one.rule == "rank-stalled"]
    assert advice.title == "Rank 0 waited in `all_reduce`, and rank 1 had not come."


def test_an_import_that_took_longer_is_not_what_a_rank_is_late_by(build):
    text = "import torch\ntrain()"
    runs = []
    for number, (imported, trained, late_s) in enumerate([(30, 30, -0.03), (130, 60, 0.03)]):
        run = rank_of(build, number, exit="ok")
        places = lines_of(text)
        places[0].samples, places[1].samples = imported, trained
        run.record.places, run.record.stack_samples = places, 200
        run.record.duration_s = 6.0
        run.record.grad = GradState(grad_before=True, inference_before=False, optimizer_steps=30)
        run.lateness = Lateness(collectives=30, median_s=late_s, late_share=float(late_s > 0))
        runs.append(run)
    record = build.record(LAUNCH, "launch", ranks=runs)
    [advice] = [one for one in advise(record, [record]) if one.rule == "rank-straggler"]
    assert "line 2" in advice.explanation


@pytest.mark.parametrize("is_between", [True, False])
def test_only_what_is_between_the_collectives_makes_a_rank_late(build, is_between):
    """Both of its lines took as long, and an import that happened before explains nothing."""
    text = "import torch\ntrain()"
    runs = []
    for number, late_s in enumerate([-0.09, 0.09]):
        run = rank_of(build, number, exit="ok")
        run.record.places, run.record.stack_samples = lines_of(text), 60
        run.record.places[0].samples = 40 * number
        run.record.places[1].samples = 20 * number
        run.record.samples = [
            Sample(t_s=tick / 10, host_bytes=1, place=(0 if tick < 40 else 1) if number else None)
            for tick in range(60)
        ]
        run.record.duration_s = 6.0
        run.record.grad = GradState(grad_before=True, inference_before=False, optimizer_steps=30)
        run.lateness = Lateness(collectives=30, median_s=late_s, late_share=float(late_s > 0))
        if is_between:
            run.lateness.first_s, run.lateness.last_s = 3.95, 6.0
        runs.append(run)
    record = build.record(LAUNCH, "launch", ranks=runs)
    [advice] = [one for one in advise(record, [record]) if one.rule == "rank-straggler"]
    assert ("line 2" in advice.explanation) == is_between
    assert any("Of 20 looks" in fact for fact in advice.evidence) == is_between


class TestRankSameDevice:
    RULE = "rank-same-device"

    def said(self, build, *held, count=2, others=0, **more):
        """``held``: MiB by device, of each rank."""
        ranks = []
        for number, own in enumerate(held):
            memory = [
                MemoryEntry(
                    device=f"cuda:{index}",
                    allocated_before_bytes=0,
                    allocated_after_bytes=0,
                    peak_bytes=own.get(index, 0) << 20,
                    peak_is="exact",
                    other_processes_bytes=others,
                )
                for index in range(count)
            ]
            record = build.record(
                MOVE,
                f"rank {number}",
                memory=memory,
                torch=machine(accelerator="cuda", device_count=count),
                moves=[move()],
                places=lines_of(MOVE),
            )
            ranks.append(rank_of(build, number, exit="ok", record=record, **more))
        moved = build.record(MOVE, "moved")
        return only(build, self.RULE, moved, build.record(LAUNCH, "launch", ranks=ranks))

    def test_two_on_one_while_another_is_free(self, build):
        advice = self.said(build, {0: 100}, {0: 200})
        assert advice.title == (
            "Ranks 0 and 1 all compute on cuda:0, while another device is free."
        )
        assert "torch.cuda.set_device(rank)" in advice.explanation
        assert advice.evidence[1] == "Rank 1 held 200 MiB of cuda:0."
        assert (advice.code_cell_id, advice.lines) == ("moved", [2])

    def test_one_that_has_memory_on_the_device_of_another(self, build):
        advice = self.said(build, {0: 100}, {0: 40, 1: 100})
        assert advice.title == "Rank 1 has used memory of cuda:0, the device of rank 0."
        assert advice.severity == "medium"

    @pytest.mark.parametrize(
        "held",
        [
            [{0: 100}, {1: 100}],
            [{0: 100}, {0: 2, 1: 100}],
            [{0: 100}, {1: 100}, {0: 100}],
            [{0: 100}, {}],
            [{0: 100, 1: 80}, {0: 80, 1: 100}],
        ],
    )
    def test_where_all_devices_are_in_use(self, build, held):
        assert self.said(build, *held) is None

    def test_a_single_device_is_shared_by_all(self, build):
        assert self.said(build, {0: 100}, {0: 100}, count=1) is None

    def test_what_other_programs_have_is_not_free(self, build):
        assert self.said(build, {0: 100}, {0: 100}, others=8 << 30) is None

    def test_processes_without_a_group_may_share_on_purpose(self, build):
        assert self.said(build, {0: 100}, {0: 100}, backend=None) is None
