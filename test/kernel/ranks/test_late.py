"""Ranks that go on when their cell has ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hand_made import a_record
from jupyterlab_torchprof.health import Health
from jupyterlab_torchprof.ranks import late
from jupyterlab_torchprof.ranks.gather import Gather
from jupyterlab_torchprof.ranks.late import LateRanks, Unfinished
from jupyterlab_torchprof.ranks.stream import OVER, Began, Ended, Identity, Progress, Writer
from jupyterlab_torchprof.record import CellRecord, Sample, Waiting


class Cell:
    """One that has ended, of whose one rank nothing is known yet."""

    def __init__(self) -> None:
        self.gather = Gather()
        self.folder = Path(self.gather.folder)
        self.record = a_record(cell_id="a", status="ok")
        self.goes_on = True
        self.unfinished = Unfinished(self.record, self.gather, lambda: self.goes_on)
        self._writer = Writer(str(self.folder))

    def begin(self) -> None:
        self._writer.write(
            Began(
                index=0,
                processes=1,
                pid=7,
                host="here",
                start_method="engine",
                record=a_record(cell_id="a", status="interrupted", started_at=100.0),
            )
        )

    def wait(self) -> None:
        self._writer.write(
            Progress(
                at=100.5,
                who=Identity(),
                sample=Sample(t_s=0.5, host_bytes=1),
                backwards=0,
                steps=0,
                waiting=Waiting(name="gloo:all_reduce", group="0", number=1, since_s=2.0),
            )
        )

    def end(self) -> None:
        self._writer.write(Ended(at=101.0, who=Identity(), record=a_record(cell_id="a")))

    @property
    def exits(self) -> list[str]:
        return [run.exit for run in self.record.ranks]


@pytest.fixture
def cell() -> Cell:
    return Cell()


def told_by(cell: Cell) -> tuple[LateRanks, list[CellRecord]]:
    told: list[CellRecord] = []
    ranks = LateRanks(Health(), lambda: False, told.append)
    ranks.add(cell.unfinished)
    return ranks, told


def test_each_change_is_told_once(cell):
    ranks, told = told_by(cell)
    ranks.look()
    assert told == []
    cell.begin()
    ranks.look()
    ranks.look()
    assert (told, cell.exits) == ([cell.record], ["running"])
    cell.end()
    ranks.look()
    assert (len(told), cell.exits) == (2, ["ok"])
    assert cell.folder.exists()  # it may be asked for more
    cell.goes_on = False
    ranks.look()
    assert not cell.folder.exists()


def test_a_rank_that_comes_to_wait_for_others_is_told(cell):
    ranks, told = told_by(cell)
    cell.begin()
    ranks.look()
    cell.wait()
    ranks.look()
    ranks.look()
    assert len(told) == 2
    [run] = cell.record.ranks
    assert (run.exit, run.waiting.number) == ("running", 1)
    ranks.close()


def test_ranks_hear_that_nothing_more_is_asked_and_have_a_moment_to_end(cell, monkeypatch):
    ranks, told = told_by(cell)
    cell.begin()
    ranks.look()
    assert not (cell.folder / OVER).exists()
    cell.goes_on = False
    ranks.look()
    assert (cell.folder / OVER).exists()
    assert (len(told), cell.exits) == (1, ["running"])
    monkeypatch.setattr(late, "_GRACE_S", 0.0)
    ranks.look()
    assert (len(told), cell.exits) == (2, ["killed"])
    assert not cell.folder.exists()


def test_only_some_cells_are_waited_for_and_none_after_unloading():
    cells = [Cell() for _ in range(10)]
    ranks, _told = told_by(cells[0])
    for cell in cells[1:]:
        ranks.add(cell.unfinished)
    assert [cell.folder.exists() for cell in cells] == [False] * 2 + [True] * 8
    ranks.close()
    assert not any(cell.folder.exists() for cell in cells)


def test_a_forked_process_leaves_the_folders_to_its_parent(cell):
    ranks, _told = told_by(cell)
    ranks.forked()
    ranks.close()
    assert cell.folder.exists()
    cell.gather.close()


def test_a_loop_looks_by_itself_but_not_while_a_cell_runs(cell):
    async def main() -> tuple[int, int]:
        told: list[CellRecord] = []
        is_busy = True
        ranks = LateRanks(Health(), lambda: is_busy, told.append)
        ranks.add(cell.unfinished)
        cell.begin()
        await asyncio.sleep(0.3)
        before, is_busy = len(told), False
        await asyncio.sleep(0.3)
        ranks.close()
        return before, len(told)

    assert asyncio.run(main()) == (0, 1)
