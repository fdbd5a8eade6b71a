"""Cells that start several processes: each of them is measured, and nothing else changes."""

from __future__ import annotations

import sys
from copy import copy
from pathlib import Path

import msgspec
import pytest
import torch
import torch.multiprocessing as mp
from conftest import Notebook
from jupyterlab_torchprof.deliver.ranks import ranks_texts
from jupyterlab_torchprof.ranks.gather import Gather
from jupyterlab_torchprof.ranks.stream import Began, Ended, Identity, Writer

FOLDER = Path(__file__).parent
IMPORTS = f"""import sys
sys.path.insert(0, {str(FOLDER)!r})
import torch.multiprocessing as mp
import rank_module"""

HAS_RECORDER = hasattr(torch._C._distributed_c10d, "_dump_fr_trace")


@pytest.fixture
def book():
    notebook = Notebook()
    notebook.ok(IMPORTS)
    yield notebook
    notebook.close()
    sys.path.remove(str(FOLDER))


def start(function: str, arguments: str = "()", method: str = "fork") -> str:
    return f"mp.start_processes({function}, {arguments}, nprocs=2, start_method={method!r})"


def healthy(book: Notebook) -> bool:
    return book.health.entries() == []


def test_each_rank_has_a_record_and_the_late_one_is_named(book, tmp_path):
    steps = f"({str(tmp_path / 'store')!r}, 30, 0.03)"
    record = book.ok(start("rank_module.train", steps))
    first, second = record.ranks
    assert [(run.rank, run.world_size, run.backend) for run in record.ranks] == [
        (0, 2, "gloo"),
        (1, 2, "gloo"),
    ]
    for run in record.ranks:
        assert (run.exit, run.start_method) == ("ok", "fork")
        grad = run.record.grad
        assert (grad.backwards, grad.optimizer_steps) == (30, 30)
        reductions = {each.name: each.calls for each in run.collectives}
        assert not HAS_RECORDER or reductions["gloo:all_reduce"] >= 30
        [replica] = run.replicas
        assert (replica.path, replica.parameter_bytes) == ("model", (16 * 16 + 16) * 4)
        assert (replica.finds_unused, replica.bucket_view) == (False, False)
        assert 10 <= replica.iterations <= 30
        assert run.record.source == ""
        assert run.record.source_hash == record.source_hash
    assert record.grad.backwards == 0  # of the kernel's own
    assert healthy(book)
    waited, late = (run.replicas[0].communication_s for run in record.ranks)
    assert waited > 0.015 > late  # the early rank's reductions wait for the late one
    if not HAS_RECORDER:
        assert (first.lateness, second.lateness) == (None, None)
        return
    assert 0.025 < second.lateness.median_s < 0.2
    assert second.lateness.late_share > 0.9
    assert first.lateness.median_s == pytest.approx(-second.lateness.median_s)


def test_a_wrapper_that_is_never_called_is_known(book, tmp_path):
    steps = f"({str(tmp_path / 'store')!r},)"
    record = book.ok(start("rank_module.train_past_the_wrapper", steps, "spawn"))
    for run in record.ranks:
        [replica] = run.replicas
        assert (replica.path, replica.iterations, replica.world_size) == (None, 0, 2)
        assert replica.parameter_bytes == (16 * 16 + 16) * 4
        assert not HAS_RECORDER or "gloo:all_reduce" not in {each.name for each in run.collectives}
    assert healthy(book)


def test_places_of_a_rank_lead_through_the_cell_to_its_own_lines(book, tmp_path):
    record = book.ok(
        "import time\n"
        "def work(rank):\n"
        "    until = time.time() + 0.6\n"
        "    while time.time() < until: pass\n" + start("work")
    )
    for run in record.ranks:
        places = run.record.places
        most = max(places, key=lambda place: place.samples)
        assert (most.kind, most.function, most.line) == ("cell", "work", 4)
        above = places[most.parent]
        assert (above.kind, above.package) == ("library", "torch")
        assert places[above.parent].line == 5


def test_spawned_processes_are_measured_like_forked_ones(book, tmp_path):
    steps = f"({str(tmp_path / 'store')!r}, 5, 0)"
    record = book.ok(start("rank_module.train", steps, "spawn"))
    assert [run.record.grad.optimizer_steps for run in record.ranks] == [5, 5]
    assert [run.start_method for run in record.ranks] == ["spawn", "spawn"]
    assert healthy(book)


def test_a_killed_rank_leaves_what_it_had_seen(book):
    record = book.run(start("rank_module.die"))
    assert type(book.error).__name__ == "ProcessExitedException"
    killed = record.ranks[1]
    assert killed.exit == "killed"
    assert killed.last_seen_at - killed.record.started_at > 0.5
    assert len(killed.record.samples) >= 3
    assert killed.record.memory[0].peak_bytes > 0
    assert record.ranks[0].exit == "killed"  # by PyTorch, since the other had died


def test_an_error_reads_as_it_does_without_us(book):
    record = book.run(start("rank_module.fail"))
    measured = str(book.error)
    assert {run.record.error.name for run in record.ranks if run.record.error} == {
        "ArithmeticError"
    }
    book.measurement.close()
    book.run(start("rank_module.fail"))
    lines = [text.splitlines()[1:] for text in (measured, str(book.error))]
    named = [[line.replace("rank 1", "rank 0") for line in text] for text in lines]
    assert [line for line in named[0] if "Process" not in line] == [
        line for line in named[1] if "Process" not in line
    ]


def test_what_a_notebook_defines_cannot_be_spawned_with_us_either(book):
    book.ok("def work(rank): pass")
    book.run(start("work", method="spawn"))
    measured = type(book.error), str(book.error)
    book.measurement.close()
    book.run(start("work", method="spawn"))
    assert (type(book.error), str(book.error)) == measured


def test_processes_without_a_group_are_told_as_what_they_are(book):
    record = book.ok("def work(rank): rank + 1\n" + start("work"))
    assert [run.backend for run in record.ranks] == [None, None]
    assert [run.lateness for run in record.ranks] == [None, None]


def test_a_rank_that_goes_on_after_the_cell_is_said_to(book):
    record = book.ok(
        "import time\ndef work(rank): time.sleep(2)\n"
        "context = mp.start_processes(work, nprocs=2, join=False, start_method='fork')\n"
        "time.sleep(0.5)"
    )
    assert [run.exit for run in record.ranks] == ["running", "running"]
    assert all(run.record.samples for run in record.ranks)
    book.ok("while not context.join(): pass")


def test_ranks_tell_what_they_do_while_they_run(book):
    told = []

    class Told(list):
        def __call__(self):
            told.append(book.measurement._run.ranks())

    book.namespace["look"] = Told()
    book.ok(
        "import time\ndef work(rank): time.sleep(1)\n"
        "context = mp.start_processes(work, nprocs=2, join=False, start_method='fork')\n"
        "time.sleep(0.6); look()\n"
        "while not context.join(): pass\n"
        "time.sleep(0.3); look()"
    )
    during, after = told
    assert [(now.rank, now.ended) for now in during] == [(0, False), (1, False)]
    assert all(now.host_bytes > 0 and now.seen_s > 0.2 for now in during)
    assert [now.ended for now in after] == [True, True]


def test_both_names_are_restored_and_nothing_is_wrapped_between_cells():
    spawn = sys.modules["torch.multiprocessing.spawn"]
    originals = mp.start_processes, spawn.start_processes
    book = Notebook()
    book.ok("import torch.multiprocessing as mp")
    assert mp.start_processes is spawn.start_processes
    assert mp.start_processes is not originals[0]
    book.close()
    assert (mp.start_processes, spawn.start_processes) == originals


def test_no_file_is_left(book, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    book.ok("def work(rank): pass\n" + start("work"))
    assert list(tmp_path.glob("torchprof-ranks-*")) == []


def test_of_many_ranks_the_worst_are_told_whole_and_the_message_stays_small(book, tmp_path):
    steps = f"({str(tmp_path / 'store')!r}, 30, 0.03)"
    [first, _second] = book.ok(start("rank_module.train", steps)).ranks
    gather = Gather(tmp_path)
    for number in range(64):
        record = copy(first.record)
        record.run_id, record.samples = f"run {number}", first.record.samples * 20
        record.duration_s += number == 40
        writer = Writer(str(tmp_path), f"rank-{number}")
        began = Began(
            index=number, processes=64, pid=number, host="h", start_method="fork", record=record
        )
        who = Identity(rank=number, world_size=64, backend="gloo")
        writer.write(began)
        if number != 9:
            writer.write(Ended(at=1.0, who=who, record=record, collectives=first.collectives))
        writer.close()
    runs = gather.runs({})
    assert [run.rank for run in runs] == list(range(64))
    whole = [run.rank for run in runs if run.record.places]
    assert len(whole) == 8
    assert {9, 40} <= set(whole)
    assert all(run.record.grad.optimizer_steps == 30 for run in runs if run.rank != 9)
    assert len(msgspec.json.encode(runs)) < 256_000


@pytest.mark.skipif(not HAS_RECORDER, reason="this PyTorch does not record collectives of gloo")
def test_a_rank_that_hangs_says_in_what_and_where_the_missing_one_is(book, tmp_path):
    told = []

    def look():
        told.append(book.measurement._run.ranks())

    book.namespace["look"] = look
    store = f"({str(tmp_path / 'store')!r},)"
    record = book.run(
        "import time\n"
        f"context = mp.start_processes(rank_module.hang, {store}, nprocs=2, join=False,"
        " start_method='fork')\n"
        "time.sleep(3.5); look()\n"
        "while not context.join(): pass"
    )
    [(waits, missing)] = told
    assert (waits.waiting.name, waits.waiting.number) == ("gloo:all_reduce", 2)
    assert 1 < waits.waiting.since_s < 4
    assert missing.waiting is None
    assert (missing.place.kind, missing.place.function) == ("file", "hang")
    stuck, killed = record.ranks
    assert (killed.exit, killed.waiting) == ("killed", None)
    assert killed.record.places[killed.last_place].function == "hang"
    assert stuck.exit in ("killed", "error")


def test_how_a_process_ended_is_told_by_its_exit_code_where_it_says_nothing(book):
    book.ok("import os, time\ndef leave(rank): time.sleep(0.2); os._exit(0)\n")
    assert [run.exit for run in book.ok(start("leave")).ranks] == ["ok", "ok"]
    book.ok("def leave(rank):\n    if rank: os._exit(7)\n    time.sleep(9)\n")
    record = book.run(start("leave"))
    assert str(book.error) == "process 1 terminated with exit code 7"
    assert [run.exit for run in record.ranks] == ["killed", "error"]


@pytest.mark.parametrize("code", ["", "None", "0", "False"])
def test_a_program_that_exits_without_a_fault_has_not_failed(book, code):
    record = book.ok(f"def leave(rank): sys.exit({code})\n{start('leave')}")
    assert [(run.exit, run.record.error) for run in record.ranks] == [("ok", None)] * 2


def test_an_error_is_placed_in_the_earlier_cell_that_has_its_function(book):
    earlier = book.ok("def fail(rank):\n    raise ArithmeticError(rank)")
    record = book.run(start("fail"))
    found = next(run.record.error for run in record.ranks if run.record.error)
    assert [(frame.function, frame.line, frame.source_hash) for frame in found.frames] == [
        ("fail", 2, earlier.source_hash)
    ]


def test_launches_of_one_cell_are_told_apart(book, tmp_path):
    calls = [start("rank_module.train", f"({str(tmp_path / name)!r}, 25, 0)") for name in "abc"]
    record = book.ok("\n".join(calls))
    assert [(run.launch, run.rank) for run in record.ranks] == [
        (launch, rank) for launch in range(3) for rank in range(2)
    ]
    if HAS_RECORDER:
        assert all(abs(run.lateness.median_s) < 0.2 for run in record.ranks)
        # Without it, so short a group may be over before the first sample: then it is a process.
        assert {run.backend for run in record.ranks} == {"gloo"}
    names = [title.replace("process", "rank") for title, _line in ranks_texts([record], record)]
    assert names[1:4] == ["rank 0", "rank 1", "rank 0 of launch 2"]


@pytest.mark.skipif(not HAS_RECORDER, reason="this PyTorch does not record collectives of gloo")
def test_a_group_that_was_left_before_the_first_sample_is_known(book, tmp_path):
    steps = f"({str(tmp_path / 'store')!r},)"
    record = book.ok(start("rank_module.meet", steps))
    assert [run.backend for run in record.ranks] == ["gloo", "gloo"]
    assert [each.name for each in record.ranks[0].collectives] == ["gloo:all_reduce"]
    record = book.ok("def work(rank): pass\n" + start("work"))
    assert [run.backend for run in record.ranks] == [None, None]


def test_ranks_that_end_right_after_their_last_backward_come_to_an_end(book, tmp_path):
    import torch._dynamo  # noqa: F401 - with it loaded, ranks begin at once and hung often

    for number in range(6):
        steps = f"({str(tmp_path / str(number))!r}, 20, 0)"
        record = book.ok(start("rank_module.train", steps))
        assert [run.exit for run in record.ranks] == ["ok", "ok"]


def test_the_end_of_groups_is_restored():
    import torch.distributed as dist

    module = sys.modules["torch.distributed.distributed_c10d"]
    original = dist.destroy_process_group
    book = Notebook()
    assert dist.destroy_process_group is module.destroy_process_group
    assert dist.destroy_process_group is not original
    book.close()
    assert (dist.destroy_process_group, module.destroy_process_group) == (original, original)
