"""Advice on the data that ranks get, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, collective, forward, lines_of, only, rank_of, replica
from jupyterlab_torchprof.record import GradState, Made, Place
from jupyterlab_torchprof.source import source_hash

LAUNCH = "mp.start_processes(train, nprocs=2)"
TRAIN = "def train(rank):\n    loader = DataLoader(data, batch_size=32)\n    for x in loader:\n"
FIRST = ["1a", "2b", "3c"]

IN_FILE = Place(parent=None, kind="file", path="train.py", function="fit", line=9)

loading = partial(
    builders.loading,
    variable=None,
    name="loader",
    place=at(3),
    role="training",
    first_batches=FIRST,
    is_whole=True,
    made=Made("made", line=2, source_hash=source_hash(TRAIN)),
)


class TestSamplerMissing:
    RULE = "sampler-missing"

    def said(self, build, *loaders, shape=(32, 8), backwards=100, collectives=(), **more):
        """``loaders``: of each rank."""
        ranks = [
            rank_of(
                build,
                number,
                exit="ok",
                record=build.record(
                    TRAIN,
                    f"rank {number}",
                    grad=GradState(
                        backwards=backwards,
                        optimizer_steps=backwards,
                        forwards=[forward(at(3), shapes=[list(shape)])],
                    ),
                    data_loading=[loader],
                    places=[*lines_of(TRAIN, 4), IN_FILE],
                ),
                replicas=[replica(**more)],
                collectives=[collective("all_reduce", 4096, 100), *collectives],
            )
            for number, loader in enumerate(loaders or (loading(), loading()))
        ]
        train = build.record(TRAIN, "train")
        return only(build, self.RULE, train, build.record(LAUNCH, "launch", ranks=ranks))

    def test_the_loader_is_named_where_it_was_made(self, build):
        advice = self.said(build)
        assert advice.title == "All 2 ranks get the same batches of `loader`."
        assert (advice.code_cell_id, advice.lines) == ("train", [2])
        assert advice.evidence[1] == "Each rank took 100 batches, of ImageFolder."

    def test_elsewhere_where_its_batches_are_asked_for(self, build):
        loader = loading(made=None)
        assert self.said(build, loader, loader).lines == [3]

    def test_in_a_file_that_is_told_in_words(self, build):
        loader = loading(made=None, place=at(5))
        advice = self.said(build, loader, loader)
        assert advice.lines == []
        assert advice.refusal.endswith("It stands in `fit`, `train.py` line 9.")

    @pytest.mark.parametrize(
        "other",
        [
            {"first_batches": ["1a", "2b", "9d"]},
            {"batches": 50},
            {"dataset": "Subset"},
            {"role": "evaluation"},
        ],
    )
    def test_another_rank_has_other_batches(self, build, other):
        assert self.said(build, loading(), loading(**other)) is None

    @pytest.mark.parametrize(
        "both",
        [
            {"first_batches": []},
            {"first_batches": ["1a", "1a", "1a"]},
            {"is_whole": False},
            {"batches": 9},
            {"batch_size": None},
            {"role": None},
        ],
    )
    def test_what_proves_nothing(self, build, both):
        assert self.said(build, loading(**both), loading(**both)) is None

    def test_ranks_that_divide_what_the_loader_gives(self, build):
        assert self.said(build, shape=(16, 8)) is None
        assert self.said(build, backwards=50) is None

    @pytest.mark.parametrize("name", ["all_to_all", "all_gather", "reduce_scatter"])
    def test_ranks_that_share_a_model_or_its_input(self, build, name):
        assert self.said(build, collectives=[collective(name, 4096, 100)]) is None
        assert self.said(build, collectives=[collective(name, 4096)]) is not None

    def test_ranks_that_are_copies_in_groups_only(self, build):
        assert self.said(build, world_size=1) is None
        assert self.said(build, iterations=0) is None
