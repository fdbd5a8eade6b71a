"""no-grad-inference over several runs, with real PyTorch and real probes.

What it says of one run of each cell, ``test/notebooks`` has.
"""

from __future__ import annotations


def test_withdrawn_when_a_later_cell_trains_through_it(notebook):
    notebook.run("a", "model.eval()\nouts = [model(xb) for xb, _ in loader]\n")
    assert notebook.advice() == {"a": [2]}
    notebook.run("b", "loss = sum(out.mean() for out in outs)\n")
    notebook.run("c", "loss.backward()\n")
    assert notebook.advice() == {}
    notebook.run("a", "model.eval()\nouts = [model(xb) for xb, _ in loader]\n")
    assert notebook.advice() == {}, "not again for a cell that is known to be trained through"


def test_step_by_step_run_again_stays_silent(notebook):
    for _ in range(3):
        notebook.run("a", "out = model(x)")
        assert notebook.advice() == {}
    notebook.run("b", "criterion(out, y).backward()")
    assert notebook.advice() == {}


def test_eval_mode_run_again(notebook):
    source = "model.eval()\nlogits = model(x)\n"
    notebook.run("a", source)
    assert notebook.advice() == {}
    notebook.run("a", source)
    assert notebook.advice() == {"a": [2]}


def test_freed_unused_saves_at_the_peak(notebook):
    # Tensors of 64 MiB: smaller ones the C library may keep when they are freed.
    notebook.run("big", "wide = torch.randn(65536, 256)\nmodel = make_model(depth=4)\n")
    record = notebook.run("a", "hits = model(wide).argmax(1)\n")
    (advice,) = record.advice
    assert advice.prediction.metric == "peak_bytes"
    saving = advice.prediction.before - advice.prediction.after
    assert saving == 2 * 65536 * 256 * 4, "four saved, less twice the largest"
    peak, duration = notebook.fix("a").verification
    assert (peak.metric, duration.metric) == ("peak_bytes", "duration_s")
    assert peak.predicted == -saving
    assert peak.measured < 0.8 * peak.predicted, "most of it at least"
    assert notebook.advice() == {}


def test_held_is_verified_by_measurement(notebook):
    notebook.run("warm", "model.eval()\nwith torch.no_grad():\n    model(x)\n")
    notebook.run("big", "batches = [torch.randn(4096, 256) for _ in range(3)]\n")
    first = notebook.run("a", "outs = [model(xb) for xb in batches]\n")
    (advice,) = first.advice
    # Eight hidden layers, the ReLU's output being the next layer's input.
    assert advice.prediction.before == 3 * 8 * 4096 * 256 * 4
    notebook.run("other", "more = torch.ones(8 << 20)\n")
    again = notebook.fix("a")
    results = {v.metric: v for v in again.verification}
    assert results["graph_bytes"].measured == -advice.prediction.before
    assert results["graph_bytes"].predicted == -advice.prediction.before
    host = results["allocated_after_bytes"]
    assert host.device == "host"
    assert host.predicted is None, "what the C library keeps cannot be told"
    assert results["duration_s"].predicted is None
    assert {v.baseline_run_id for v in again.verification} == {first.run_id}
    # And once more: the same baseline, the same truth.
    once_more = {v.metric: v for v in notebook.run("a", again.source).verification}
    assert once_more["graph_bytes"].measured == -advice.prediction.before
