"""Advice on ranks, from records built by hand."""

from __future__ import annotations

from builders import failed, lines_of, only, rank_of
from jupyterlab_torchprof.advice.engine import advise
from jupyterlab_torchprof.record import GradState, Lateness, MemoryEntry, Move, Waiting

RULE = "cuda-before-launch"
LAUNCH = "notebook_launcher(train, num_processes=2)"
SAYS = (
    "CUDA has been initialized before the `notebook_launcher` could create a forked subprocess. "
    "This likely stems from an outside import"
)
MOVE = "x = 1\nmodel.cuda()"


def used(build, **more):
    memory = MemoryEntry(
        device="cuda:0",
        allocated_before_bytes=0,
        allocated_after_bytes=4096,
        peak_bytes=4096,
        peak_is="exact",
    )
    move = Move(
        what="model (Net)",
        source={"cpu float32": 4096},
        target={"cuda:0 float32": 4096},
        moved_bytes=4096,
        duration_s=0.1,
        no_op=False,
        place=1,
    )
    return build.record(
        MOVE,
        "used",
        execution_count=3,
        memory=[memory],
        moves=[move],
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
