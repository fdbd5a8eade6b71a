"""Advice on pinned memory and copies that nobody waits for, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, made_in, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import RaisedWarning, Transfer

GB = 10**9
IMPORTS = "import torch\nfrom torch.utils.data import DataLoader\n"
LOADER = IMPORTS + "train = DataLoader(images, batch_size=32, num_workers=4)\n"
LOOP = "for x, y in train:\n    x, y = x.to(device), y.cuda()\n    step(x, y)\n"
NO_ACCELERATOR = (
    "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory "
    "won't be used."
)


def transfer(**more) -> Transfer:
    """200 copies to the device of 4 GB in all, which took 1.5 s."""
    values = {
        "method": "to",
        "source": "cpu",
        "target": "cuda:0",
        "place": at(2),
        "calls": 200,
        "moved_bytes": 4 * GB,
        "duration_s": 1.5,
        "pinned": False,
    }
    return Transfer(**{**values, **more})


def back(**more) -> Transfer:
    """A copy to the host that does not wait."""
    values = {
        "source": "cuda:0",
        "target": "cpu",
        "pinned": None,
        "non_blocking": True,
        "moved_bytes": 64 << 20,
    }
    return transfer(**{**values, **more})


loading = partial(
    builders.loading,
    workers=4,
    prefetch_factor=2,
    start_method="fork",
    startup_s=0.1,
    wait_s=0.5,
    first_wait_s=0.1,
    loop_s=9.0,
    batch_devices=["cpu"],
)


class TestDataloaderPinMemory:
    RULE = "dataloader-pin-memory"

    def advise(self, build, *copies, facts=None, source=LOOP, setup=LOADER, duration=10.0):
        facts = facts or loading()
        facts.made = made_in(setup)
        record = build.record(
            source,
            "train",
            duration_s=duration,
            transfers=list(copies or [transfer()]),
            data_loading=[facts],
        )
        return only(build, self.RULE, build.record(setup, "setup"), record)

    def test_fires_and_mends_the_loader_and_the_moves(self, build):
        advice = self.advise(build)
        assert advice.title == "The loop waits 1.5 s for copies from pageable memory."
        assert advice.severity == "low"
        assert advice.evidence == [
            "200 copies of unpinned tensors, 3.73 GiB in all, took 1.5 s of host time.",
            "The loader has `pin_memory=False`.",
        ]
        assert advice.prediction is None, "pinned copies were not measured"
        assert (advice.code_cell_id, advice.lines) == ("setup", [3])
        in_setup = [edit for edit in advice.fix.edits if edit.cell_id == "setup"]
        in_loop = [edit for edit in advice.fix.edits if edit.cell_id == "train"]
        assert "num_workers=4, pin_memory=True)" in apply_edits(LOADER, in_setup)
        assert "x.to(device, non_blocking=True), y.cuda(non_blocking=True)" in apply_edits(
            LOOP, in_loop
        )

    def test_copies_back_are_left_alone(self, build):
        source = "for x in train:\n    out = model(x.to(device)).cpu()\n"
        advice = self.advise(build, source=source)
        edits = [edit for edit in advice.fix.edits if edit.cell_id == "train"]
        assert "model(x.to(device, non_blocking=True)).cpu()" in apply_edits(source, edits)

    def test_a_copy_back_to_a_device_by_name_on_the_same_line(self, build):
        source = "for x in train:\n    out = model(x.to(device)).to(host)\n"
        copies = transfer(), back(non_blocking=False)
        advice = self.advise(build, *copies, source=source)
        assert [edit.cell_id for edit in advice.fix.edits] == ["setup"]

    def test_fires_where_the_moves_are_in_a_function(self, build):
        advice = self.advise(build, source="losses = fit(train)")
        assert [edit.cell_id for edit in advice.fix.edits] == ["setup"]

    def test_refuses_without_the_call(self, build):
        advice = self.advise(build, setup="train = make_loader()")
        assert advice.fix is None
        assert "was not found" in advice.refusal

    @pytest.mark.parametrize(
        "copy",
        [
            {"pinned": True},
            {"duration_s": 0.25},  # 2.5 % of the cell
            {"calls": 40},  # the model's inputs are something else
            {"method": "cpu", "source": "cuda:0", "target": "cpu", "pinned": None},
            {"target": "mps:0"},
            # The copies waited for the device: 80 MB take no 1.5 s.
            {"moved_bytes": 80_000_000},
        ],
    )
    def test_silent_for_these_copies(self, build, copy):
        assert self.advise(build, transfer(**copy)) is None

    @pytest.mark.parametrize(
        "facts",
        [
            {"pin_memory": True},
            {"workers": 0, "prefetch_factor": None},
            {"batch_devices": ["cuda:0"]},
            {"batch_devices": []},
            {"batches": 0},
        ],
    )
    def test_silent_for_these_loaders(self, build, facts):
        assert self.advise(build, facts=loading(**facts)) is None

    def test_silent_for_a_short_time(self, build):
        short = transfer(duration_s=0.04, moved_bytes=GB)
        assert self.advise(build, short, duration=0.2) is None


class TestPinWithoutAccelerator:
    RULE = "pin-without-accelerator"
    LOADER = IMPORTS + "train = DataLoader(images, shuffle=True, pin_memory=True)\n"

    def advise(self, build, setup=LOADER, source="for x in train:\n    step(x)\n", message=None):
        warning = RaisedWarning(
            category="UserWarning", message=message or NO_ACCELERATOR, place=at(1)
        )
        calls = [line for line in setup.splitlines() if "DataLoader(" in line]
        loaders = [loading(workers=0, pin_memory=True, made=made_in(setup, call)) for call in calls]
        record = build.record(source, "train", warnings=[warning], data_loading=loaders)
        return only(build, self.RULE, build.record(setup, "setup"), record)

    def test_fires(self, build):
        advice = self.advise(build)
        assert advice.title == "`pin_memory=True` has no effect here: there is no accelerator."
        assert advice.severity == "info"
        assert advice.evidence == [
            "PyTorch warned: 'pin_memory' argument is set as true but no accelerator is found, "
            "then device pinned memory won't be used."
        ]
        assert (advice.code_cell_id, advice.lines) == ("setup", [3])
        assert advice.fix.safe
        fixed = apply_edits(self.LOADER, advice.fix.edits)
        assert "DataLoader(images, shuffle=True)" in fixed

    def test_all_loaders_of_the_cell(self, build):
        setup = self.LOADER + "valid = DataLoader(others, pin_memory=True)\n"
        advice = self.advise(build, setup)
        assert advice.lines == [3, 4]
        assert "pin_memory" not in apply_edits(setup, advice.fix.edits)

    @pytest.mark.parametrize(
        "setup",
        [
            IMPORTS + "train = DataLoader(images, pin_memory=use_cuda)\n",
            IMPORTS + "train = DataLoader(images, **options)\n",
            "import loaders\ntrain = loaders.train(pin_memory=True)\n",
            'device = "cuda" if torch.cuda.is_available() else "cpu"\n' + LOADER,
            "device = torch.accelerator.current_accelerator() or 'cpu'\n" + LOADER,
        ],
    )
    def test_silent_for_programs_that_run_on_other_machines_too(self, build, setup):
        assert self.advise(build, setup) is None

    def test_leaves_loaders_alone_that_did_not_run(self, build):
        other = build.record(self.LOADER + "# another one", "other")
        setup = IMPORTS + "train = DataLoader(images, pin_memory=asked)\n"
        warning = RaisedWarning(category="UserWarning", message=NO_ACCELERATOR, place=at(1))
        facts = loading(workers=0, pin_memory=True, made=made_in(setup))
        run = build.record(LOOP, "train", warnings=[warning], data_loading=[facts])
        assert only(build, self.RULE, build.record(setup, "setup"), other, run) is None

    def test_silent_for_other_warnings(self, build):
        assert self.advise(build, message="'pin_memory_device' is deprecated") is None

    def test_silent_without_a_warning(self, build):
        assert only(build, self.RULE, build.record(self.LOADER)) is None


class TestD2hNonBlocking:
    RULE = "d2h-non-blocking"
    COPY = 'y = model(x).to("cpu", non_blocking=True)\n'

    def advise(self, build, source, *copies, line=1, before=()):
        record = build.record(
            source, "copy", transfers=list(copies or [back(place=at(line), calls=1)])
        )
        return only(build, self.RULE, *before, record)

    def test_fires_for_the_name(self, build):
        source = self.COPY + "mean = y.mean()\n"
        advice = self.advise(build, source)
        assert advice.title == "1 copy to the host may be read before it arrives."
        assert advice.severity == "high"
        assert advice.evidence == [
            "Line 1 copied 64 MiB from cuda:0 in 1 call with `non_blocking=True`.",
            "Line 2 reads the result, and nothing waits before that.",
        ]
        assert advice.lines == [1]
        assert advice.prediction is None
        assert not advice.fix.safe, "it is there to change what is read"
        assert apply_edits(source, advice.fix.edits) == (
            'y = model(x).to("cpu")\nmean = y.mean()\n'
        )

    def test_fires_for_a_list_that_is_joined(self, build):
        source = (
            "outs = []\n"
            "for x in batches:\n"
            '    outs.append(model(x).to("cpu", non_blocking=True))\n'
            "outs = torch.cat(outs)\n"
        )
        advice = self.advise(build, source, back(place=at(3), calls=8))
        assert advice.title == "8 copies to the host may be read before they arrive."
        assert 'model(x).to("cpu"))' in apply_edits(source, advice.fix.edits)

    @pytest.mark.parametrize(
        "source",
        [
            'y = out.to("cpu", non_blocking=True).numpy()\n',
            'total = out.to("cpu", non_blocking=True) + offset\n',
            'mean = torch.stack([o.to("cpu", non_blocking=True) for o in outs]).mean()\n',
            COPY + "print(y)\n",
            COPY + "y\n",
            COPY + "z = y[0] * 2\n",
            'parts["y"] = out.to("cpu", non_blocking=True)\nbest = parts["y"].max()\n',
            'lab.y = out.to("cpu", non_blocking=True)\nbest = lab.y.max()\n',
            'lab.outs.append(out.to("cpu", non_blocking=True))\nall = torch.cat(lab.outs)\n',
        ],
    )
    def test_fires_for_other_ways_to_read(self, build, source):
        assert self.advise(build, source)

    @pytest.mark.parametrize(
        "source",
        [
            COPY + "torch.cuda.synchronize()\nmean = y.mean()\n",
            COPY
            + "done = torch.cuda.Event()\ndone.record()\ndone.synchronize()\nmean = y.mean()\n",
            "with torch.cuda.stream(side):\n    " + COPY + "mean = y.mean()\n",
            # Offloaded, and back again in the order of the stream:
            COPY + "y = y.to(device)\nmean = y.mean()\n",
            COPY + "again = y.cuda(non_blocking=True)\n",
            COPY + "size = y.shape, y.dtype\n",
            "cache[name] = " + COPY + "del x\n",
            # Some other cell will read it, when it has long arrived:
            COPY,
            COPY + "save(y)\n",
            COPY + "y = None\nprint(y)\n",
            COPY + "y\nx = 1\n",
            # Whoever asks for the next one may wait first:
            "def batches():\n    " + COPY + "    yield y\n    print(y)\n",
            'lab.y = out.to("cpu", non_blocking=True)\nbest = lab.z.max()\n',
        ],
    )
    def test_silent(self, build, source):
        line = 2 if source.startswith(("with", "def")) else 1
        assert self.advise(build, source, line=line) is None

    def test_silent_where_another_copy_waits_in_between(self, build):
        source = self.COPY + "loss = total.item()\nmean = y.mean()\n"
        item = back(method="item", place=at(2), calls=1, non_blocking=False)
        assert self.advise(build, source, back(place=at(1), calls=1), item) is None
        before = self.COPY.replace("y =", "loss = total.item()\ny =") + "mean = y.mean()\n"
        item = back(method="item", place=at(1), calls=1, non_blocking=False)
        assert self.advise(build, before, back(place=at(2), calls=1), item)

    def test_silent_where_a_function_waits(self, build):
        define = build.record("def wait():\n    torch.cuda.synchronize()\n", "define")
        source = self.COPY + "wait()\nmean = y.mean()\n"
        assert self.advise(build, source, before=[define]) is None
        elsewhere = self.COPY + "mean = y.mean()\n"
        assert self.advise(build, elsewhere, before=[define])

    @pytest.mark.parametrize(
        "copy",
        [
            {"non_blocking": False},
            {"source": "cpu", "target": "cuda:0", "pinned": True},
            {"place": None},
        ],
    )
    def test_silent_for_other_copies(self, build, copy):
        source = self.COPY + "mean = y.mean()\n"
        assert self.advise(build, source, back(**{"place": at(1), **copy})) is None
