"""Advice on how worker processes are started and run dry, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, made_in, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import RaisedWarning, TorchState

IMPORTS = "import torch\nfrom torch.utils.data import DataLoader\n"
LOADER = IMPORTS + "train = DataLoader(images, batch_size=32, num_workers=4)\n"
EPOCHS = "for epoch in range(10):\n    for x, y in train:\n        step(x, y)\n"
SUGGESTION = (
    "This DataLoader will create 16 worker processes in total. Our suggested max number of "
    "worker in current system is 4, which is smaller than what this DataLoader is going to "
    "create. Please be aware that excessive worker creation might get DataLoader running slow."
)


# Ten passes of 100 batches, for each of which four workers are started in 300 ms.
loading = partial(
    builders.loading,
    workers=4,
    prefetch_factor=2,
    start_method="fork",
    place=at(2),
    iterators=10,
    batches=1000,
    startup_s=3.0,
    wait_s=2.0,
    first_wait_s=1.0,
    wait_p50_s=0.0002,
    wait_p95_s=0.001,
    loop_s=20.0,
    batch_devices=["cpu"],
)


class TestDataloaderTooManyWorkers:
    RULE = "dataloader-too-many-workers"

    def made(self, build, source, message=SUGGESTION, cell_id="loaders", **more):
        warning = RaisedWarning(category="UserWarning", message=message, place=at(1))
        return build.record(source, cell_id, warnings=[warning], **more)

    def test_fires(self, build):
        source = IMPORTS + "train = DataLoader(images, num_workers=16)\n"
        advice = only(build, self.RULE, self.made(build, source))
        assert advice.title == "A loader starts more workers than the 4 cores of this process."
        assert advice.severity == "medium"
        assert advice.evidence == [
            "PyTorch warned: This DataLoader will create 16 worker processes in total."
        ]
        assert "at most 4 here" in advice.explanation
        assert advice.prediction is None
        assert advice.lines == [3]
        assert "DataLoader(images, num_workers=4)" in apply_edits(source, advice.fix.edits)

    def test_both_loaders_of_a_cell(self, build):
        source = (
            IMPORTS
            + "train = DataLoader(images, num_workers=16)\n"
            + "small = DataLoader(images, num_workers=2)\n"
            + "valid = DataLoader(others, num_workers=16)\n"
        )
        advice = only(build, self.RULE, self.made(build, source))
        assert advice.lines == [3, 5]
        fixed = apply_edits(source, advice.fix.edits)
        assert fixed.count("num_workers=4") == 2
        assert "num_workers=2" in fixed

    def test_a_number_that_the_text_does_not_show(self, build):
        source = IMPORTS + "train = DataLoader(images, num_workers=os.cpu_count())\n"
        advice = only(build, self.RULE, self.made(build, source))
        assert "num_workers=4" in apply_edits(source, advice.fix.edits)

    def test_a_function_of_another_cell(self, build):
        source = IMPORTS + "def make(data):\n    return DataLoader(data, num_workers=16)\n"
        define = build.record(source, "define")
        advice = only(build, self.RULE, define, self.made(build, "train = make(images)"))
        assert (advice.code_cell_id, advice.lines) == ("define", [4])

    def test_silent_for_a_library_that_makes_the_loader(self, build):
        assert only(build, self.RULE, self.made(build, "trainer.fit(model)")) is None

    def test_silent_for_calls_that_did_not_run(self, build):
        other = build.record(IMPORTS + "a = DataLoader(images, num_workers=16)", "other")
        assert only(build, self.RULE, other, self.made(build, "trainer.fit(model)")) is None

    @pytest.mark.parametrize(
        "source",
        [
            IMPORTS + "train = DataLoader(images, num_workers=4)",
            IMPORTS + "train = DataLoader(images)",
            IMPORTS + "train = loaders.DataLoader(images, num_workers=16)",
        ],
    )
    def test_silent_for_other_calls(self, build, source):
        assert only(build, self.RULE, self.made(build, source)) is None

    def test_taken_back_where_the_workers_leave_the_cores_idle(self, build):
        making = self.made(build, IMPORTS + "train = DataLoader(images, num_workers=16)\n")
        facts = loading(variable="train", workers=16, batches=100, startup_s=0.5, loop_s=10.0)
        run = build.record("for x in train: ...", "train", data_loading=[facts])
        session = build.Session(making)
        assert [advice.rule for advice in session.advised()] == [self.RULE]
        run.children_cpu_s = 30.0
        session.add(run)
        assert self.RULE in {advice.rule for advice in making.advice}, "they had 3 of 4 cores"
        run.children_cpu_s = 4.0
        session.add(build.record("print()", "other"))
        assert making.advice == []

    def test_only_those_whose_workers_do_not_find_cores(self, build):
        source = IMPORTS + "".join(
            f"{name} = DataLoader(images, num_workers=16)\n" for name in ("train", "valid")
        )
        facts = loading(variable="train", workers=16, batches=100, startup_s=0.5, loop_s=10.0)
        run = build.record("for x in train: ...", "train", data_loading=[facts])
        run.children_cpu_s = 4.0
        advice = only(build, self.RULE, run, self.made(build, source))
        assert advice.lines == [4]
        fixed = apply_edits(source, advice.fix.edits)
        assert "train = DataLoader(images, num_workers=16)" in fixed
        assert "valid = DataLoader(images, num_workers=4)" in fixed

    def test_other_loaders_without_a_name_tell_nothing(self, build):
        source = IMPORTS + "fit(DataLoader(images, num_workers=16))\n"
        facts = {"variable": None, "workers": 16, "batches": 100, "startup_s": 0.5, "loop_s": 10.0}
        for made, expected in ((made_in("other"), 1), (made_in(source), 0)):
            making = self.made(build, source)
            run = build.record("...", "train", data_loading=[loading(**facts, made=made)])
            run.children_cpu_s = 4.0
            session = build.Session(making, run, build.record("print()", "other"))
            session.advised()
            assert len(making.advice) == expected

    def test_what_starting_workers_takes_is_no_work_of_theirs(self, build):
        making = self.made(build, IMPORTS + "train = DataLoader(images, num_workers=7)\n")
        facts = {"variable": "train", "workers": 7, "batches": 20, "loop_s": 1.0}
        for startup_s, expected in ((0.1, 1), (0.6, 0)):
            run = build.record("...", "train", data_loading=[loading(**facts, startup_s=startup_s)])
            run.children_cpu_s = 3.0
            session = build.Session(making, run, build.record("print()", "other"))
            session.advised()
            assert len(making.advice) == expected

    def test_silent_after_a_run_whose_waits_left_the_processor_idle(self, build):
        facts = {"variable": "train", "workers": 0, "wait_s": 10.0, "wait_p50_s": 0.1}
        facts |= {"batches": 100, "loop_s": 11.0, "first_wait_s": 0.1, "iterators": 1}
        making = self.made(build, IMPORTS + "train = DataLoader(images, num_workers=8)\n")
        for seconds, expected in ((9.0, 1), (0.2, 0)):
            before = build.record(
                "for x in train: ...",
                "before",
                data_loading=[loading(**facts, wait_cpu_s=seconds)],
                torch=TorchState(version="2.13.0", cpu_count=4),
            )
            found = build.Session(before, making).history[-1].advice
            assert len(found) == expected

    def test_silent_without_the_warning(self, build):
        source = IMPORTS + "train = DataLoader(images, num_workers=16)\n"
        assert only(build, self.RULE, build.record(source)) is None
        other = self.made(build, source, "lr_scheduler.step() before optimizer.step()")
        assert only(build, self.RULE, other) is None


class TestPersistentWorkers:
    RULE = "persistent-workers"

    def advise(self, build, facts=None, source=EPOCHS, setup=LOADER, duration=25.0):
        facts = facts or loading()
        facts.made = made_in(setup)
        record = build.record(source, "train", duration_s=duration, data_loading=[facts])
        return only(build, self.RULE, build.record(setup, "setup"), record)

    def test_fires(self, build):
        advice = self.advise(build)
        assert advice.title == "Workers are started 10 times, which took 3 s."
        assert advice.severity == "low"
        assert advice.evidence == [
            "10 iterators were made in 3 s, each with 4 worker processes.",
        ]
        assert "with the dataset as it was when they started" in advice.explanation
        assert advice.prediction.before == 25.0
        assert advice.prediction.after == pytest.approx(25.0 - 2.7), "the first start stays"
        assert (advice.code_cell_id, advice.lines) == ("setup", [3])
        fixed = apply_edits(LOADER, advice.fix.edits)
        assert "num_workers=4, persistent_workers=True)" in fixed

    def test_fires_for_the_loader_of_a_function(self, build):
        advice = self.advise(build, loading(variable=None), setup=IMPORTS)
        assert advice.lines == [2]
        assert advice.fix is None
        assert "was not found" in advice.refusal

    @pytest.mark.parametrize(
        "facts",
        [
            {"persistent_workers": True},
            {"workers": 0},
            {"iterators": 2, "batches": 200},
            {"loaders": 10},  # made anew for each pass: no workers could stay
            {"startup_s": 1.0},  # 0.9 s of 25 s
            {"batches": 10},  # looks at the first batch
            {"dataset": "TensorDataset", "loop_s": 5.0, "startup_s": 3.0},  # needless
        ],
    )
    def test_silent(self, build, facts):
        assert self.advise(build, loading(**facts)) is None

    @pytest.mark.parametrize(
        "change",
        [
            "train.dataset.set_epoch(epoch)",
            "train.dataset.size = 64 + epoch",
            "images.transform = strong if epoch > 5 else weak",
            "images.samples[0] = hard",
            "images.resample()",
        ],
    )
    def test_silent_where_the_dataset_changes_between_passes(self, build, change):
        source = f"for epoch in range(10):\n    {change}\n    for x, y in train:\n        step(x)\n"
        assert self.advise(build, source=source) is None

    def test_silent_where_a_function_changes_it(self, build):
        setup = LOADER + "def grow(size):\n    images.resize(size)\n"
        assert self.advise(build, setup=setup) is None

    def test_silent_where_a_method_changes_it(self, build):
        setup = IMPORTS + "self.train = DataLoader(self.images, num_workers=4)\n"
        grow = "def grow(self):\n    self.images.resize(2)\n"
        assert self.advise(build, setup=setup)
        assert self.advise(build, setup=setup + grow) is None

    @pytest.mark.parametrize(
        "reads", ["classes = images.classes", "n = len(images)", "if images.size == 3: pass"]
    )
    def test_reading_the_dataset_changes_nothing(self, build, reads):
        assert self.advise(build, source=f"{reads}\n{EPOCHS}", setup=LOADER)


class TestDataloaderPrefetch:
    RULE = "dataloader-prefetch"

    def bursty(self, **more):
        """60 of 1,000 batches are waited for 100 ms; the loop works 20 ms on each batch."""
        values = {
            "iterators": 1,
            "wait_s": 6.3,
            "first_wait_s": 0.1,
            "wait_p50_s": 0.0005,
            "wait_p95_s": 0.1,
            "loop_s": 26.3,
        }
        return loading(**{**values, **more})

    def advise(self, build, facts, setup=LOADER):
        facts.made = made_in(setup)
        record = build.record(EPOCHS, "train", duration_s=27.0, data_loading=[facts])
        return only(build, self.RULE, build.record(setup, "setup"), record)

    def test_two_long_waits_can_be_anybodys(self, build):
        few = {"batches": 41, "loop_s": 6.0}
        for count in (2, 3):
            waits = {"wait_s": 0.81 * count + 0.1, "wait_p95_s": 0.8}
            assert bool(self.advise(build, self.bursty(**few, **waits))) == (count == 3)

    def test_fires(self, build):
        advice = self.advise(build, self.bursty())
        assert advice.title == (
            "Batches arrive in bursts: the loop waits 6.2 s, mostly for a few of them."
        )
        assert advice.severity == "low"
        assert advice.evidence == [
            "Half of the waits were below 0.5 ms, one in twenty above 100 ms.",
            "`prefetch_factor` is 2.",
        ]
        assert advice.prediction is None
        assert (advice.code_cell_id, advice.lines) == ("setup", [3])
        assert "num_workers=4, prefetch_factor=4)" in apply_edits(LOADER, advice.fix.edits)

    def test_doubles_what_there_is(self, build):
        setup = LOADER.replace("num_workers=4", "num_workers=4, prefetch_factor=6")
        advice = self.advise(build, self.bursty(prefetch_factor=6), setup)
        assert "by 6 batches" in advice.explanation
        assert "prefetch_factor=12" in apply_edits(setup, advice.fix.edits)

    def test_refuses_where_keywords_are_in_a_dict(self, build):
        setup = IMPORTS + "train = DataLoader(images, **options)\n"
        advice = self.advise(build, self.bursty(), setup)
        assert advice.fix is None
        assert "does not show" in advice.refusal

    @pytest.mark.parametrize(
        "facts",
        [
            {"workers": 0, "prefetch_factor": None},
            # Even:
            {"wait_p50_s": 0.02},
            {"wait_p95_s": 0.03},
            # The first batches of the passes, when workers start:
            {"first_wait_s": 5.9},
            # Less than 5 % of the loop:
            {"loop_s": 200.0},
            # Every fourth batch of four workers: they are too slow on the whole.
            {"wait_s": 25.0, "loop_s": 45.0},
            # Stalls that a longer queue does not bridge: the loop works 1 ms on each batch:
            {"loop_s": 7.3},
            {"batches": 1, "wait_p50_s": None, "wait_p95_s": None},
        ],
    )
    def test_silent(self, build, facts):
        assert self.advise(build, self.bursty(**facts)) is None
