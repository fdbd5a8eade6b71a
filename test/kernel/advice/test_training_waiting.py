"""Advice on reading values and clocks while an accelerator works, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Forwards, Placement, TorchState, Transfer

CUDA = "cuda:0"
TRAIN = """\
for epoch in range(5):
    for x, y in loader:
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        hits += (out.argmax(1) == y).sum().item()
    for x, y in valid:
        right += (model(x).argmax(1) == y).sum().item()
        lost += criterion(model(x), y).item()
"""
FIT = "for epoch in range(5):\n    fit(model, loader)\n    score(model, valid)\n"
TIMED = """\
import time
start = time.perf_counter()
for x in batches:
    out = model(x)
elapsed = time.perf_counter() - start
"""


def transfer(line, calls=100, seconds=0.2, **more):
    values = {"method": "item", "source": CUDA, "target": "cpu", "moved_bytes": 4 * calls, **more}
    return Transfer(place=at(line), calls=calls, duration_s=seconds, **values)


class TestItemSyncInLoop:
    RULE = "item-sync-in-loop"

    def trained(self, build, *transfers, source=TRAIN, **more):
        values = {"optimizer_steps": 100, "last_step_place": at(7), "duration_s": 2.0}
        return build.record(source, "train", transfers=list(transfers), **{**values, **more})

    def advised(self, build, *transfers, **more):
        return only(build, self.RULE, self.trained(build, *transfers, **more))

    def test_fires(self, build):
        advice = self.advised(build, transfer(8), transfer(9, seconds=0.05))
        assert advice.title == "The loop reads 2 values a step from the accelerator."
        assert advice.severity == "medium"
        assert advice.lines == [8, 9]
        assert advice.evidence == [
            "Line 8 called `item` 100 times in 100 steps, which took 200 ms of 2 s.",
            "Line 9 called `item` 100 times in 100 steps, which took 50 ms of 2 s.",
        ]
        assert advice.prediction is None
        assert advice.fix is None
        assert "gather `.detach()`" in advice.refusal

    def test_names_the_loop_s_own_reads(self, build):
        reads = [transfer(8), transfer(9), transfer(11, 80), transfer(12, 80)]
        advice = self.advised(build, *reads)
        assert advice.title == "The loop reads 2 values a step from the accelerator."
        assert advice.lines == [8, 9]

    def test_counts_what_a_function_reads(self, build):
        advice = self.advised(build, transfer(2, 300), source=FIT, last_step_place=at(2))
        assert advice.title == "The loop reads 3 values a step from the accelerator."
        assert advice.lines == [2]

    def test_counts_other_ways_of_reading(self, build):
        reads = [transfer(8, method="cpu"), transfer(9, method="tolist")]
        assert "called `tolist` 100 times" in self.advised(build, *reads).evidence[1]

    @pytest.mark.parametrize(
        "reads",
        [
            [],
            [transfer(8)],
            [transfer(8, 100), transfer(9, 10)],
            [transfer(8), transfer(11)],
            [transfer(8), transfer(11), transfer(12)],
            [transfer(8, seconds=0.02), transfer(9, seconds=0.02)],
            [transfer(8, seconds=0.05), transfer(9, seconds=0.04)],
            [transfer(8), transfer(3, method="to", source="cpu", target=CUDA)],
            [transfer(None, 500)],
        ],
    )
    def test_silent(self, build, reads):
        assert self.advised(build, *reads) is None

    def test_silent_for_the_validation_of_another_function(self, build):
        reads = [transfer(2), transfer(3), transfer(3, method="cpu")]
        assert self.advised(build, *reads, source=FIT, last_step_place=at(2)) is None

    @pytest.mark.parametrize("more", [{"optimizer_steps": 9}, {"last_step_place": None}])
    def test_silent_where_nothing_is_known_to_step(self, build, more):
        assert self.advised(build, transfer(8), transfer(9), **more) is None

    def test_silent_without_training(self, build):
        record = build.record("out = [model(x).cpu() for x in loader]", transfers=[transfer(1)])
        assert only(build, self.RULE, record) is None


class TestTimingWithoutSync:
    RULE = "timing-without-sync"

    def timed(self, build, source=TIMED, line=4, **more):
        forwards = Forwards(
            place=at(line),
            module="Net",
            calls=20,
            grad=False,
            inference=False,
            training=False,
            device=more.pop("device", CUDA),
        )
        values = {
            "forwards": [forwards],
            "torch": TorchState(version="2.13.0", accelerator="cuda"),
        }
        return build.record(source, "time", **{**values, **more})

    def advised(self, build, *args, **more):
        return only(build, self.RULE, self.timed(build, *args, **more))

    def test_waits_before_both_readings(self, build):
        advice = self.advised(build)
        assert advice.title == (
            "The time of lines 2 to 5 is read before the device has done the work."
        )
        assert advice.severity == "medium"
        assert advice.lines == [2, 5]
        assert advice.evidence == [
            "20 forwards ran on cuda between the readings of lines 2 and 5, and no value was "
            "read there."
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert apply_edits(TIMED, advice.fix.edits) == (
            "import time\ntorch.cuda.synchronize()\nstart = time.perf_counter()\n"
            "for x in batches:\n    out = model(x)\n"
            "torch.cuda.synchronize()\nelapsed = time.perf_counter() - start\n"
        )

    def test_for_a_difference_that_is_printed(self, build):
        source = "from time import time\nt0 = time()\nrun(model)\nprint(f'{time() - t0:.3f} s')\n"
        assert self.advised(build, source, 3) is None  # the line of the second reading prints
        source = "from time import time\nt0 = time()\nrun(model)\ntimes.append(time() - t0)\n"
        assert self.advised(build, source, 3).lines == [2, 4]

    def test_on_other_accelerators(self, build):
        machine = TorchState(version="2.13.0", accelerator="mps")
        advice = self.advised(build, device="mps:0", torch=machine)
        assert "torch.accelerator.synchronize()" in apply_edits(TIMED, advice.fix.edits)

    def test_under_the_notebook_s_own_name(self, build):
        advice = self.advised(build, placement=Placement(torch_name="th"))
        assert "th.cuda.synchronize()" in apply_edits(TIMED, advice.fix.edits)

    def test_refuses_without_a_name(self, build):
        advice = self.advised(build, placement=Placement())
        assert advice.fix is None
        assert advice.refusal == "The notebook has no name for PyTorch."

    @pytest.mark.parametrize(
        "between",
        [
            "out = model(x).cpu()",
            "out = model(x).sum().item()",
            "out = model(x).detach().numpy()",
            "total += float(model(x).mean())",
            "right += int((model(x) == y).sum())",
            "print(model(x).mean())",
            "if torch.isnan(model(x)).any(): break",
            "model(x); torch.cuda.synchronize()",
            "model(x); torch.accelerator.synchronize()",
            "model(x); stream.synchronize()",
        ],
    )
    def test_silent_where_something_waits(self, build, between):
        assert self.advised(build, TIMED.replace("out = model(x)", between)) is None

    def test_draws_wait_for_nothing(self, build):
        assert self.advised(build, TIMED.replace("model(x)", "model(x, torch.randint(9, (1,)))"))

    def test_silent_where_a_function_reads(self, build):
        source = "def fit(loader):\n    for x in loader:\n        losses.append({})\n"
        run = TIMED.replace("out = model(x)", "epoch(x)")
        more = build.record("def epoch(x):\n    fit(x)\n", "more")
        for text in ("float(model(x))", "model(x).mean().item()"):
            define = build.record(source.format(text), "define")
            assert only(build, self.RULE, define, more, self.timed(build, run)) is None
        define = build.record(source.format("model(x)"), "define")
        assert only(build, self.RULE, define, more, self.timed(build, run)) is not None

    def test_silent_where_a_constructor_reads(self, build):
        source = "class Score:\n    def __init__(self, x):\n        self.value = {}\n"
        run = self.timed(build, TIMED.replace("out = model(x)", "out = Score(x)"))
        define = build.record(source.format("model(x).mean().item()"), "define")
        assert only(build, self.RULE, define, run) is None
        define = build.record(source.format("model(x).mean()"), "define")
        assert only(build, self.RULE, define, run) is not None

    def test_silent_where_a_read_was_counted(self, build):
        assert self.advised(build, transfers=[transfer(4)]) is None
        assert self.advised(build, transfers=[transfer(9)]) is not None

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": None},
            {"torch": TorchState(version="2.13.0")},
            {"device": "cpu"},
            {"device": None},
            {"forwards": []},
            {"line": 9},
            {"line": 2},
            {"line": None},
            {"source": TIMED.replace("time.perf_counter() - start", "time.perf_counter()")},
            {"source": TIMED.replace("perf_counter", "process_time")},
            {"source": TIMED.replace("- start", "- begun")},
        ],
    )
    def test_silent(self, build, more):
        assert self.advised(build, **more) is None

    def test_silent_when_fixed(self, build):
        advice = self.advised(build)
        assert self.advised(build, apply_edits(TIMED, advice.fix.edits), 5) is None
