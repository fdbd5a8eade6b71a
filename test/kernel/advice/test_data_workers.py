"""Advice on worker processes of loaders, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import msgspec
import pytest
from builders import at, made_in, only
from jupyterlab_torchprof.advice.data.needless import NeedlessWorkers
from jupyterlab_torchprof.advice.grammar import Case
from jupyterlab_torchprof.fixes.apply import apply_edits

IMPORTS = "import torch\nfrom torch.utils.data import DataLoader\n"
LOADER = "train = DataLoader(data, batch_size=32, shuffle=True)\n"
LOOP = "for x, y in train:\n    step(x, y)\n"


# A pass of 100 batches that cost 100 ms each, between which the loop works 20 ms.
loading = partial(
    builders.loading,
    made=made_in(IMPORTS + LOADER),
    wait_s=10.0,
    first_wait_s=0.1,
    wait_p50_s=0.1,
    wait_p95_s=0.12,
    loop_s=12.0,
    wait_cpu_s=9.0,
    batch_bytes=1 << 20,
    batch_devices=["cpu"],
)


machine = partial(builders.machine, cpu_count=16, num_threads=16, start_method="fork")


class TestDataloaderWorkersZero:
    RULE = "dataloader-workers-zero"

    def trained(self, build, *loaders, torch=None, source=LOOP, **more):
        forwards = build.forwards(2)
        forwards.device = more.pop("device", "cuda:0")
        values = {"duration_s": 12.5, "forwards": [forwards]}
        return build.record(
            source,
            "train",
            torch=torch or machine(),
            data_loading=list(loaders or [loading()]),
            **{**values, **more},
        )

    def setup(self, build, source=IMPORTS + LOADER):
        return build.record(source, "setup")

    def advise(self, build, *loaders, **more):
        return only(build, self.RULE, self.setup(build), self.trained(build, *loaders, **more))

    def test_calls_a_loader_of_a_function_as_its_code_did(self, build):
        advice = self.advise(build, loading(variable=None, name="self.batches"))
        assert "`self.batches` makes each batch" in advice.explanation
        advice = self.advise(build, loading(variable=None))
        assert "The loader makes each batch" in advice.explanation

    def test_fires_with_the_prediction_and_the_fix_where_the_loader_is_made(self, build):
        advice = self.advise(build)
        assert advice.title == "The loop waits 10 s for batches, 80% of the run."
        assert advice.severity == "medium"
        assert advice.evidence == [
            "100 batches took 10 s to make; between them the loop worked 2 s.",
            "The loader has no workers.",
            "The processor was busy in 90% of the waits.",
        ]
        assert "8 worker processes would make the next ones meanwhile" in advice.explanation
        assert (advice.code_cell_id, advice.lines) == ("setup", [3])
        fixed = apply_edits(IMPORTS + LOADER, advice.fix.edits)
        assert "DataLoader(data, batch_size=32, shuffle=True, num_workers=8)" in fixed
        assert not advice.fix.safe, "workers have random states of their own"
        # The work and the first batch, 2 s and 0.1 s, take longer than 13 rounds of 0.1 s.
        assert advice.prediction.metric == "duration_s"
        assert advice.prediction.before == 12.5
        assert advice.prediction.after == pytest.approx(12.5 - (12 - 2.1))

    def test_workers_that_cannot_keep_up_are_no_wonder(self, build):
        advice = self.advise(build, torch=machine(cpu_count=3))
        assert "2 worker processes" in advice.explanation
        assert advice.prediction.after == pytest.approx(12.5 - (12 - 50 * 0.1))

    def test_cores_are_shared_with_work_on_the_processor(self, build):
        advice = self.advise(build, torch=machine(cpu_count=4, num_threads=4), device="cpu")
        # 10 s of making and 2 s on four threads need 18 core seconds on 4 cores.
        assert advice.prediction.after == pytest.approx(12.5 - (12 - 4.5))

    def test_waits_with_an_idle_processor_want_more_workers_than_cores(self, build):
        asleep = loading(wait_cpu_s=0.2)
        advice = self.advise(build, asleep, torch=machine(cpu_count=2))
        # Five make 100 batches in 20 rounds of 0.1 s, as long as the loop works on them.
        assert "5 worker processes" in advice.explanation
        assert "PyTorch warns of more workers than cores" in advice.explanation
        assert "num_workers=5" in apply_edits(IMPORTS + LOADER, advice.fix.edits)
        assert advice.prediction.after == pytest.approx(12.5 - (12 - 2.1))
        half = self.advise(build, loading(wait_cpu_s=4.0), torch=machine(cpu_count=2))
        assert "2 worker processes" in half.explanation, "a core is enough for 2.5"

    def test_as_many_as_are_of_use(self, build):
        slow = loading(batches=8, wait_s=4.0, wait_p50_s=0.5, loop_s=6.0, wait_cpu_s=0.1)
        advice = self.advise(build, slow, torch=machine(cpu_count=2))
        assert "2 worker processes" in advice.explanation

    def test_time_without_a_core_is_no_wait_for_data(self, build):
        starved = loading(wait_cpu_s=4.0, wait_delay_s=5.5)
        assert self.advise(build, starved) is None
        advice = self.advise(build, loading(wait_cpu_s=7.0, wait_delay_s=2.0))
        assert advice.title == "The loop waits 10 s for batches, 80% of the run."
        assert advice.evidence[0].startswith("100 batches took 8 s to make")
        assert advice.evidence[2:] == [
            "The processor was busy in 88% of the waits.",
            "For another 2 s other programs had the cores; workers would not get one sooner.",
        ]
        assert advice.prediction.after == pytest.approx(12.5 - (10 - 2.08))

    def test_a_cheap_batch_on_a_busy_machine(self, build):
        """Batches of 10 ms only if one counts what other programs took."""
        facts = loading(wait_p50_s=0.015, wait_s=1.5, loop_s=3.0, wait_cpu_s=0.8)
        assert self.advise(build, facts)
        facts.wait_delay_s = 0.6
        assert self.advise(build, facts) is None

    def test_fires_for_a_loader_in_the_head_of_the_loop(self, build):
        source = f"{IMPORTS}for x, y in DataLoader(data, batch_size=32):\n    step(x, y)\n"
        facts = loading(variable=None, place=at(3), made=made_in(source))
        advice = only(build, self.RULE, self.trained(build, facts, source=source))
        assert advice.title.startswith("The loop waits")
        assert "DataLoader(data, batch_size=32, num_workers=8):" in apply_edits(
            source, advice.fix.edits
        )

    def test_a_loader_that_was_made_elsewhere(self, build):
        run = self.trained(build, loading(made=None), source="a\nb\nfit(make())")
        advice = only(build, self.RULE, self.setup(build), run)
        assert advice.fix is None
        assert "was not found" in advice.refusal
        assert advice.lines == [1]

    def test_a_cell_that_was_changed_since(self, build):
        edited = build.record(f"{IMPORTS}# shuffled\n{LOADER}", "setup")
        run = self.trained(build, loading())
        assert only(build, self.RULE, self.setup(build), edited, run).fix is None

    def test_two_calls_on_one_line(self, build):
        source = IMPORTS + "train, valid = DataLoader(data), DataLoader(other, num_workers={})\n"
        for workers, is_told in ((4, True), (0, False)):
            text = source.format(workers)
            run = self.trained(build, loading(made=made_in(text)))
            advice = only(build, self.RULE, self.setup(build, text), run)
            assert (advice.fix is not None) == is_told

    def test_of_several_loaders_the_slowest(self, build):
        valid = loading(variable="valid", wait_s=4.0, wait_p50_s=0.04, loop_s=6.0)
        assert self.advise(build, valid, loading()).title.startswith("The loop waits 10 s")

    @pytest.mark.parametrize("method", ["spawn", "forkserver"])
    def test_refuses_where_workers_cannot_import_the_dataset(self, build, method):
        own = loading(dataset="Scans", dataset_in_notebook=True)
        advice = self.advise(build, own, torch=machine(start_method=method))
        assert advice.fix is None
        assert f"started by {method}: move `Scans`" in advice.refusal
        assert self.advise(build, own).fix

    def test_refuses_where_forked_workers_would_use_a_device(self, build):
        dataset = (
            "class Scans:\n"
            "    def __getitem__(self, index):\n"
            "        return encode(self.items[index].to(device)).cpu()\n"
        )
        session = self.setup(build), build.record(dataset, "dataset")
        own = loading(dataset="Scans", dataset_in_notebook=True)
        run = self.trained(build, own, torch=machine(accelerator="cuda"))
        advice = only(build, self.RULE, *session, run)
        assert advice.fix is None
        assert "forked worker" in advice.refusal
        on_cpu = self.trained(build, own)
        assert only(build, self.RULE, *session, on_cpu).fix

    @pytest.mark.parametrize(
        "facts",
        [
            {"dataset": "TensorDataset"},
            {"iterable": True},
            {"batch_devices": ["cuda:0"]},
            {"workers": 2},
            # Short, though half of the loop:
            {"wait_s": 0.8, "wait_p50_s": 0.008, "loop_s": 1.6},
            # A second in an hour:
            {"wait_s": 20.0, "wait_p50_s": 0.2, "loop_s": 3600.0},
            # MNIST in memory, in large batches: items of 80 us cost less than to send them.
            {"batch_size": 2000, "wait_p50_s": 0.1},
            # Small batches of cheap items in many short passes:
            {"iterators": 20, "batches": 2000, "wait_p50_s": 0.005},
            {"iterators": 20, "batches": 100, "wait_p50_s": 0.1},
        ],
    )
    def test_silent(self, build, facts):
        assert self.advise(build, loading(**facts)) is None

    def test_silent_when_only_the_first_item_takes_long(self, build):
        """An archive is opened, or a cache filled: every worker would do it again."""
        opening = loading(first_wait_s=9.8, wait_p50_s=0.002, wait_p95_s=0.002)
        assert self.advise(build, opening) is None
        caching = loading(iterators=2, batches=100, wait_p50_s=0.001, wait_p95_s=0.2)
        assert self.advise(build, caching) is None

    def test_silent_for_a_look_at_one_batch(self, build):
        peek = loading(batches=1, wait_s=4.0, first_wait_s=4.0, wait_p50_s=None, loop_s=4.0)
        assert self.advise(build, peek) is None

    def test_silent_where_few_cores_are_busy_with_both(self, build):
        assert self.advise(build, torch=machine(cpu_count=2), device="cpu") is None
        sleeping = loading(wait_cpu_s=0.2)
        assert self.advise(build, sleeping, torch=machine(cpu_count=2), device="cpu")

    def test_silent_when_there_is_no_work_to_do_meanwhile(self, build):
        busy = loading(wait_s=10.0, loop_s=10.01)
        assert self.advise(build, busy, torch=machine(cpu_count=2)) is None


class TestNeedlessWorkers:
    RULE = "needless-workers"
    LOADER = IMPORTS + "train = DataLoader(data, batch_size=32, num_workers=4)\n"

    def facts(self, **more):
        values = {
            "dataset": "TensorDataset",
            "workers": 4,
            "prefetch_factor": 2,
            "start_method": "fork",
            "iterators": 10,
            "batches": 80,
            "startup_s": 0.8,
            "wait_s": 0.3,
            "first_wait_s": 0.2,
            "wait_p50_s": 0.001,
            "loop_s": 1.0,
        }
        return loading(**{**values, **more})

    def trained(self, build, facts, **more):
        values = {"duration_s": 2.0, "torch": machine(), "data_loading": [facts]}
        return build.record(LOOP, "train", **{**values, **more})

    def advise(self, build, facts, *before, source=LOADER, **more):
        return only(
            build,
            self.RULE,
            build.record(source, "setup"),
            *before,
            self.trained(build, msgspec.structs.replace(facts, made=made_in(source)), **more),
        )

    def without(self, build, **more):
        values = {"workers": 0, "prefetch_factor": None, "startup_s": 0.0, "wait_s": 0.16}
        facts = self.facts(**{**values, **more})
        return build.record("for x in train: ...", "before", data_loading=[facts])

    def test_fires_for_tensors_in_memory(self, build):
        advice = self.advise(build, self.facts(), source=self.LOADER)
        assert advice.title == (
            "Starting 4 workers took 800 ms, for batches that are slices of tensors in memory."
        )
        assert advice.severity == "low"
        assert advice.prediction is None, "nothing was measured without workers"
        assert advice.evidence == [
            "10 passes with 4 workers: 800 ms to start them, 300 ms waiting for batches.",
            "The items of `TensorDataset` are slices of tensors in memory.",
        ]
        assert advice.fix.safe
        assert "DataLoader(data, batch_size=32)" in apply_edits(self.LOADER, advice.fix.edits)

    def test_fires_when_a_run_without_was_faster(self, build):
        facts = self.facts(dataset="Points")
        before = self.without(build, dataset="Points")
        advice = self.advise(build, facts, before, source=self.LOADER)
        assert advice.title == "Starting 4 workers took 800 ms; the batches take less without."
        assert advice.evidence[1] == (
            "Without workers, as many batches took 160 ms in an earlier run."
        )
        assert advice.prediction.before == 2.0
        assert advice.prediction.after == pytest.approx(2.0 - (1.1 - 0.16))
        assert not advice.fix.safe

    def test_a_later_run_is_no_earlier_one(self, build):
        facts = self.facts(dataset="Points", made=made_in(self.LOADER))
        setup, run = build.record(self.LOADER, "setup"), self.trained(build, facts)
        later = self.without(build, dataset="Points")
        history = [setup, run, later]
        assert NeedlessWorkers().find(Case(run, history)) is None
        assert NeedlessWorkers().find(Case(run, [setup, later, run]))

    def test_is_not_safe_where_the_call_makes_other_loaders_too(self, build):
        source = IMPORTS + "def make(data):\n    return DataLoader(data, num_workers=4)\n"
        assert not self.advise(build, self.facts(), source=source).fix.safe

    def test_silent_for_a_class_of_the_same_name(self, build):
        own = self.facts(dataset_in_notebook=True)
        assert self.advise(build, own, source=self.LOADER) is None

    def test_goes_before_persistent_workers(self, build):
        facts = self.facts(made=made_in(self.LOADER))
        records = build.record(self.LOADER, "setup"), self.trained(build, facts)
        rules = [advice.rule for advice in build.Session(*records).advised()]
        assert rules == [self.RULE]

    @pytest.mark.parametrize(
        "facts",
        [
            {"workers": 0},
            {"dataset": "ImageFolder"},
            {"startup_s": 0.04},
            # A tenth of the time:
            {"loop_s": 7.2},
            # next(iter(train)), to see what a batch looks like:
            {"iterators": 1, "batches": 1},
        ],
    )
    def test_silent(self, build, facts):
        assert self.advise(build, self.facts(**facts), source=self.LOADER) is None

    def test_silent_where_batches_are_collated_in_an_own_way(self, build):
        source = IMPORTS + "train = DataLoader(data, num_workers=4, collate_fn=tokenize)\n"
        assert self.advise(build, self.facts(), source=source) is None

    def test_silent_where_the_call_is_not_found(self, build):
        assert self.advise(build, self.facts(), source="train = make()") is None

    def test_silent_in_a_long_cell(self, build):
        assert self.advise(build, self.facts(), source=self.LOADER, duration_s=300.0) is None

    @pytest.mark.parametrize(
        "before",
        [
            {"variable": "valid"},  # other data: validation without augmentation
            {"dataset": "ImageFolder"},
            {"batch_size": 8},
            {"batch_bytes": 512},
            {"batches": 2},
            {"wait_s": 0.9},  # slower, too
        ],
    )
    def test_silent_when_the_earlier_run_is_no_better_or_another_thing(self, build, before):
        facts = self.facts(dataset="Points")
        earlier = self.without(build, **{"dataset": "Points", **before})
        assert self.advise(build, facts, earlier, source=self.LOADER) is None
