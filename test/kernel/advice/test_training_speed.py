"""Advice on switches and optimizers that slow training down, from records built by hand."""

from __future__ import annotations

from functools import partial

import builders
import pytest
from builders import at, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Optimizer, ParameterGroup

CUDA = "cuda:0"
TRAIN = """\
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
"""
SWITCH = "torch.autograd.set_detect_anomaly(True)\n"


machine = partial(builders.machine, accelerator="cuda")


class TestAnomalyLeftOn:
    RULE = "anomaly-left-on"

    def trained(self, build, source=SWITCH + TRAIN, **more):
        values = {"backwards": 200, "optimizer_steps": 200, "torch": machine(anomaly=True)}
        return build.record(source, "train", **{**values, **more})

    def test_turns_it_off(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "Anomaly detection was on during 200 backwards."
        assert advice.severity == "high"
        assert advice.lines == [1]
        assert advice.evidence == [
            "200 backwards ran, and anomaly detection was on when the cell ended."
        ]
        assert advice.prediction is None
        assert advice.fix.safe
        fixed = apply_edits(SWITCH + TRAIN, advice.fix.edits)
        assert fixed == SWITCH.replace("True", "False") + TRAIN

    @pytest.mark.parametrize(
        ("switch", "off"),
        [
            ("torch.autograd.set_detect_anomaly(mode=True)", "(mode=False)"),
            ("torch.autograd.set_detect_anomaly(True, check_nan=False)", "(False, check_nan"),
            (
                "from torch.autograd import set_detect_anomaly\nset_detect_anomaly(True)",
                "\nset_detect_anomaly(False)",
            ),
        ],
    )
    def test_turns_it_off_in_the_cell_that_turned_it_on(self, build, switch, off):
        setup = build.record(f"import torch\n{switch}\n", "setup")
        advice = only(build, self.RULE, setup, self.trained(build, TRAIN))
        assert (advice.cell_id, advice.code_cell_id) == ("train", "setup")
        assert off in apply_edits(setup.source, advice.fix.edits)

    @pytest.mark.parametrize("source", [TRAIN, SWITCH + SWITCH + TRAIN])
    def test_refuses_where_no_single_call_turns_it_on(self, build, source):
        advice = only(build, self.RULE, self.trained(build, source))
        assert advice.fix is None
        assert advice.refusal == (
            "Call `torch.autograd.set_detect_anomaly(False)`: no single cell turns it on."
        )

    @pytest.mark.parametrize(
        "more",
        [
            {"torch": machine()},
            {"torch": None},
            {"backwards": 49},
            {"backwards": 0},
            {"status": "error"},  # perhaps the very error that is searched for
            {"source": "with torch.autograd.detect_anomaly():\n    fit()\n", "torch": machine()},
            {"source": SWITCH + TRAIN + SWITCH.replace("True", "False"), "torch": machine()},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None

    def test_silent_when_fixed(self, build):
        source = SWITCH.replace("True", "False") + TRAIN
        first, second = self.trained(build), self.trained(build, source, torch=machine())
        session = build.Session(first, second)
        assert self.RULE not in {advice.rule for advice in session.history[-1].advice}


class TestFusedOptimizer:
    RULE = "fused-optimizer"
    MAKE = "import torch\noptimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)\n"

    def stepped(self, kind="AdamW", steps=100, timed=10, seconds=0.05, tensors=150, **more):
        options = {name: more.pop(name) for name in ("fused", "foreach") if name in more}
        values = {
            "variable": "optimizer",
            "devices": [CUDA],
            "parameter_bytes": {"float32": 10**8},
            "groups": [ParameterGroup(lr=1e-3, parameters=tensors, **options)],
            "place": at(5),
            **more,
        }
        return Optimizer(class_name=kind, steps=steps, timed_steps=timed, timed_s=seconds, **values)

    def trained(self, build, *, make=MAKE, **more):
        """Steps of 5 ms each, 0.5 s of a run of 2 s in all."""
        values = {"optimizers": [self.stepped()], "duration_s": 2.0, "torch": machine()}
        return [
            build.record(make, "setup"),
            build.record(TRAIN, "train", **{**values, **more}),
        ]

    def test_asks_for_the_fused_kernel(self, build):
        advice = only(build, self.RULE, *self.trained(build))
        assert advice.title == "The steps of `optimizer` took 25% of the cell's time."
        assert advice.severity == "low"
        assert advice.evidence == [
            "10 steps of 100 took 5 ms each, in a run of 2 s.",
            "It updates 150 tensors on cuda:0.",
        ]
        assert advice.prediction is None
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("train", "setup", [2])
        assert not advice.fix.safe
        assert "lr=1e-3, fused=True)" in apply_edits(self.MAKE, advice.fix.edits)

    def test_for_sgd_that_is_imported(self, build):
        make = "from torch.optim import SGD\nopt = SGD(model.parameters(), 0.1, momentum=0.9)\n"
        optimizer = self.stepped("SGD", variable="opt")
        advice = only(build, self.RULE, *self.trained(build, make=make, optimizers=[optimizer]))
        assert "momentum=0.9, fused=True)" in apply_edits(make, advice.fix.edits)

    def test_takes_the_one_of_several_that_is_slow(self, build):
        make = self.MAKE + "other = torch.optim.AdamW(head.parameters())\n"
        optimizers = [self.stepped(variable="other", tensors=2), self.stepped()]
        advice = only(build, self.RULE, *self.trained(build, make=make, optimizers=optimizers))
        assert "`optimizer`" in advice.title
        assert advice.lines == [2]

    def test_refuses_arguments_that_the_text_does_not_show(self, build):
        make = "import torch\noptimizer = torch.optim.AdamW(model.parameters(), **options)\n"
        advice = only(build, self.RULE, *self.trained(build, make=make))
        assert advice.fix is None
        assert advice.refusal == "Line 2 passes arguments that the text does not show."

    @pytest.mark.parametrize(
        "more",
        [
            {"steps": 9},
            {"timed": 0, "seconds": 0.0},
            {"seconds": 0.02},
            {"tensors": 63},
            {"fused": True},
            {"fused": False},
            {"foreach": True},
            {"kind": "RMSprop"},
            {"kind": "Adagrad"},  # which older versions of PyTorch fuse on the CPU only
            {"kind": "Lion"},
            {"kind": "LBFGS"},
            {"devices": ["cpu"]},
            {"devices": [CUDA, "cpu"]},
            {"devices": []},
            {"parameter_bytes": {"complex64": 10**8}},
        ],
    )
    def test_silent_for_other_optimizers(self, build, more):
        records = self.trained(build, optimizers=[self.stepped(**more)])
        assert only(build, self.RULE, *records) is None

    def test_silent_where_steps_are_a_small_part(self, build):
        assert only(build, self.RULE, *self.trained(build, duration_s=10.0)) is None

    def test_silent_for_another_class_of_that_name(self, build):
        make = "from bitsandbytes.optim import AdamW\noptimizer = AdamW(model.parameters())\n"
        assert only(build, self.RULE, *self.trained(build, make=make)) is None

    def test_silent_when_fixed(self, build):
        make = self.MAKE.replace("lr=1e-3", "lr=1e-3, fused=True")
        records = self.trained(build, make=make, optimizers=[self.stepped(fused=True)])
        assert only(build, self.RULE, *records) is None
