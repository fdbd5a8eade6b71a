"""Advice on the disk and the cores, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import advised, at
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import TorchState

MIB = 1 << 20


# 20 s of waiting, 2 s of them computing, for 800 MiB from the disk.
loading = partial(
    builders.loading,
    place=at(2),
    wait_s=20.0,
    first_wait_s=0.3,
    wait_p50_s=0.2,
    wait_p95_s=0.3,
    loop_s=24.0,
    wait_cpu_s=2.0,
    read_bytes=800 * MIB,
    batch_devices=["cpu"],
)


class TestSlowDatasetIo:
    RULE = "slow-dataset-io"

    def advise(self, build, facts=None, rotational=True, **state):
        record = build.record(
            "for epoch in range(1):\n    for x, y in train:\n        step(x, y)\n",
            duration_s=25.0,
            data_loading=[facts or loading()],
            torch=TorchState(version="2.13.0", rotational=rotational, **state),
        )
        return next(iter(advised(build, self.RULE, record)), None)

    def test_fires(self, build):
        advice = self.advise(build)
        assert advice.title == "The loop waits 20 s for data from the disk."
        assert advice.severity == "medium"
        assert advice.evidence == [
            "The loop waited 20 s for batches; the processor was busy in 10% of that.",
            "800 MiB came from the disk meanwhile.",
        ]
        assert advice.lines == [2]
        assert advice.fix is None
        assert advice.prediction is None
        assert advice.refusal

    def test_says_what_the_system_says_of_the_disk(self, build):
        assert "The system says" in self.advise(build).explanation
        stream = loading(iterable=True)
        assert "spinning" not in self.advise(build, stream, rotational=None).explanation

    def test_leaves_what_workers_would_read_at_once_to_the_advice_on_them(self, build):
        assert self.advise(build, rotational=False) is None
        assert self.advise(build, rotational=None) is None
        assert self.advise(build, loading(batch_devices=["cuda:0"]), rotational=False)

    @pytest.mark.parametrize(
        "facts",
        [
            {"read_bytes": 0},  # in the system's cache
            {"read_bytes": None},
            {"read_bytes": 10 * MIB},
            {"wait_cpu_s": 15.0},  # decoding
            {"wait_cpu_s": None},
            {"workers": 4},  # what they read is not counted
            {"wait_s": 0.9, "loop_s": 2.0},
            {"loop_s": 900.0},
            # 40 MiB in 20 s are no work for a disk: the items come from the network.
            {"read_bytes": 40 * MIB},
            # An archive is opened once.
            {"first_wait_s": 19.5, "wait_p50_s": 0.005},
        ],
    )
    def test_silent(self, build, facts):
        assert self.advise(build, loading(**facts)) is None


class TestCpuThreads:
    RULE = "cpu-threads"
    SETTING = "import torch\ntorch.set_num_threads(32)\n"

    def predicted(self, build, device="cpu", threads=32, cores=8, **more):
        forwards = build.forwards(1, grad=False)
        forwards.device = device
        values = {
            "torch": TorchState(version="2.13.0", num_threads=threads, cpu_count=cores),
            "forwards": [forwards],
            "duration_s": 2.0,
        }
        return build.record("out = model(x)", "predict", **{**values, **more})

    def test_fires_and_corrects_the_setting(self, build):
        setup = build.record(self.SETTING, "setup")
        (advice,) = advised(build, self.RULE, setup, self.predicted(build))
        assert advice.title == "PyTorch uses 32 threads on 8 cores."
        assert advice.severity == "low"
        assert advice.evidence == [
            "`torch.get_num_threads()` is 32; this process may use 8 cores.",
            "The cell's forwards ran on the CPU.",
        ]
        assert advice.prediction is None
        assert (advice.code_cell_id, advice.lines) == ("setup", [2])
        fixed = apply_edits(self.SETTING, advice.fix.edits)
        assert fixed == "import torch\ntorch.set_num_threads(8)\n"
        assert not advice.fix.safe, "sums of other parts are rounded in another way"

    def test_says_what_to_write_where_the_environment_set_it(self, build):
        (advice,) = advised(build, self.RULE, self.predicted(build))
        assert advice.fix is None
        assert "torch.set_num_threads(8)" in advice.refusal
        assert "OMP_NUM_THREADS" in advice.refusal

    def test_said_once(self, build):
        records = [self.predicted(build) for _ in range(3)]
        assert len(advised(build, self.RULE, *records)) == 1

    @pytest.mark.parametrize(
        "more",
        [
            {"threads": 8},
            {"threads": 1},  # on purpose, beside other processes
            {"threads": None},
            {"cores": None},
            {"device": "cuda:0"},
            {"device": None},
            {"duration_s": 0.1},
            {"torch": None},
            {"forwards": []},
        ],
    )
    def test_silent(self, build, more):
        assert advised(build, self.RULE, self.predicted(build, **more)) == []
