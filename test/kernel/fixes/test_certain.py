"""What a run has shown is no training, whatever its name; and what it has not shown."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.wrap import CannotFix, wrap_no_grad

RAN = [
    "x = flow.backward(z)",
    "for t in ts:\n    x = scheduler.step(net(x), t, x)",
    "with timer:\n    x = flow.backward(z)",
    "xs = [flow.backward(z) for z in zs]",
    "while flow.backward(z) > 1:\n    z = net(z)",
    "x = flow.backward(z) if True and net(x) else 0\ny = 1",
]
MAY_RUN = [
    "if last:\n    loss.backward()\n",
    "for x in xs:\n    y = net(x)\n    if stop: break\n    y.backward()",
    "x = net(x) and loss.backward()",
    "xs = [flow.backward(z) for z in zs if z]",
    "try:\n    loss.backward()\nexcept E:\n    pass",
    "f(lambda: loss.backward())",
    "ready = 0 if x else loss.backward()",
]


def wrap(source, trained_until, line=1):
    return wrap_no_grad(
        source, [line], cell_id=None, torch_name="torch", trained_until=trained_until
    )


@pytest.mark.parametrize("source", RAN[:5])
def test_calls_that_ran_and_were_not_counted(source):
    assert "with torch.no_grad():" in apply_edits(source, wrap(source, 0).fix.edits)
    with pytest.raises(CannotFix):
        wrap(source, None)
    with pytest.raises(CannotFix):
        wrap(source, 9)


@pytest.mark.parametrize("source", MAY_RUN)
def test_calls_that_the_run_may_have_left_out(source):
    with pytest.raises(CannotFix):
        wrap(source, 0)


def test_what_is_around_the_statement_has_run():
    source = "if sampling:\n    x = flow.backward(z)\n"
    assert wrap(source, 0, line=2)


def test_no_step_of_an_optimizer_takes_two_arguments():
    source = "if t > 0:\n    x = scheduler.step(net(x), t, x)"
    assert wrap(source, 0)
    with pytest.raises(CannotFix):
        wrap("if t > 0:\n    optimizer.step()", 0)


def test_what_is_never_counted_is_refused_by_name():
    for call in ("jvp(f, x, v)", "x.requires_grad_()", "x.register_hook(f)", "torch.no_grad()"):
        with pytest.raises(CannotFix):
            wrap(f"y = {call}", 0)


def test_below_the_training_of_the_cell():
    source = "loss.backward()\noptimizer.step()\nx = flow.backward(z)\n"
    assert wrap(source, 2, line=3)


def test_autocast_that_only_seems_to_train():
    source = "with torch.autocast('cpu'):\n    x = net(x)\n    y = flow.backward(x)\n"
    assert wrap(source, 0, line=2)
    with pytest.raises(CannotFix, match="also trains"):
        wrap(source, None, line=2)
