"""Advice on programs that insist on CUDA, from records built by hand."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import ErrorFrame, ErrorInfo, Placement
from jupyterlab_torchprof.source import source_hash

RULE = "hardcoded-cuda"
MESSAGES = (
    ("AssertionError", "Torch not compiled with CUDA enabled"),
    ("RuntimeError", "Found no NVIDIA driver on your system. Please check …"),
    ("RuntimeError", "No CUDA GPUs are available"),
)
MOVE = "import torch\nmodel = model.cuda()\n"


def failed(build, source=MOVE, line=2, error=MESSAGES[0], **more):
    frames = [ErrorFrame(source_hash(source), "<module>", line)]
    info = ErrorInfo(name=error[0], message=error[1], line=line, frames=frames)
    values = {"status": "error", "error": info, "placement": Placement(torch_name="torch")}
    return build.record(source, **{**values, **more})


def only(build, *records):
    found = [advice for advice in build.Session(*records).advised() if advice.rule == RULE]
    assert len(found) < 2
    return found[0] if found else None


@pytest.mark.parametrize("error", MESSAGES)
def test_chooses_the_device_by_what_there_is(build, error):
    advice = only(build, failed(build, error=error))
    assert advice.title == "This cell asks for CUDA, and there is none on this machine."
    assert advice.severity == "high"
    assert advice.lines == [2]
    assert advice.prediction is None
    fixed = apply_edits(MOVE, advice.fix.edits)
    assert 'device = torch.device("cuda" if torch.cuda.is_available() else "cpu")' in fixed
    assert "model = model.to(device)" in fixed


def test_changes_the_cell_that_names_the_device(build):
    binding = 'device = "cuda"\n'
    first = build.record("import torch\n" + binding, "first")
    advice = only(build, first, failed(build, "x = x.to(device)\n", line=1))
    assert advice.code_cell_id == "first"
    fixed = apply_edits("import torch\n" + binding, advice.fix.edits)
    assert 'device = "cuda" if torch.cuda.is_available() else "cpu"' in fixed


@pytest.mark.parametrize(
    ("binding", "use"),
    [
        ('lab.device = torch.device("cuda")\n', "x = x.to(lab.device)\n"),
        ('class Config:\n    device: str = "cuda"\n', "model.to(cfg.device)\n"),
        ('def fit(model, device="cuda"):\n    return model.to(device)\n', "model.to(device)\n"),
        ('def fit(model, *, device="cuda"):\n    ...\n', "model.to(device)\n"),
        ('cfg = {"lr": 0.1, "device": "cuda"}\n', 'model.to(cfg["device"])\n'),
    ],
)
def test_changes_what_the_failing_line_has_it_from(build, binding, use):
    source = "import torch\n" + binding
    advice = only(build, build.record(source, "first"), failed(build, use, line=1))
    assert advice.code_cell_id == "first"
    fixed = apply_edits(source, advice.fix.edits)
    assert '"cuda" if torch.cuda.is_available() else "cpu"' in fixed


@pytest.mark.parametrize("mark", ["\u2028", "\x0c", "\x1d", "\x85"])
def test_a_mark_in_a_string_ends_no_line(build, mark):
    first = build.record('import torch\ndevice = "cuda"\n', "first")
    source = f'title = "a{mark}b"\nx = x.to(device)\n'
    assert only(build, first, failed(build, source)).code_cell_id == "first"


@pytest.mark.parametrize("binding", ['lab.where = "cuda"\n', 'def f():\n    device = "cuda"\n'])
def test_leaves_other_bindings_alone(build, binding):
    first = build.record("import torch\n" + binding, "first")
    assert only(build, first, failed(build, "model.to(device)\n", line=1)).fix is None


def test_says_where_to_look_if_no_cell_names_it(build):
    advice = only(build, failed(build, "train(config)\n", line=1))
    assert advice.fix is None
    assert "look for the device" in advice.refusal


@pytest.mark.parametrize(
    "change",
    [
        {"status": "ok", "error": None},
        {"error": ("RuntimeError", "CUDA out of memory.")},
        {"error": ("RuntimeError", "Expected all tensors to be on the same device")},
        {"error": ("ValueError", "Torch not compiled with CUDA enabled")},
    ],
)
def test_silent(build, change):
    if change.get("status") == "ok":
        assert only(build, build.record(MOVE)) is None
    else:
        assert only(build, failed(build, **change)) is None


def test_leaves_alone_what_asks_before(build):
    source = 'device = "cuda" if torch.cuda.is_available() else "cpu"\nmodel.to(device)\n'
    advice = only(build, failed(build, source, line=2))
    assert advice is None or advice.fix is None
