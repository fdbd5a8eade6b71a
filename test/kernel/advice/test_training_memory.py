"""Advice on training that fills the device, from records built by hand."""

from __future__ import annotations

import builders
import pytest
from builders import at, only
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import (
    ErrorFrame,
    ErrorInfo,
    OutOfMemory,
    RaisedWarning,
)
from jupyterlab_torchprof.source import source_hash

GIB = 1 << 30
MADE = """\
from torch.utils.data import DataLoader
loader = DataLoader(data, batch_size=64)
"""
LOOP = """\
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
"""
CHECKPOINT = "from torch.utils.checkpoint import checkpoint\n"
WARNING = "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly."


def fixed(advice, source, cell_id):
    """A cell with the edits that are its own."""
    return apply_edits(source, [edit for edit in advice.fix.edits if edit.cell_id == cell_id])


def out_of_memory(device="cuda:0"):
    return OutOfMemory(
        device=device,
        requested_bytes=2 * GIB,
        allocated_bytes=15 * GIB,
        reserved_bytes=15 * GIB,
        total_bytes=16 * GIB,
        free_bytes=GIB,
        alloc_retries=0,
    )


def failed(**more):
    error = ErrorInfo(name="OutOfMemoryError", message="…", line=3)
    return {"status": "error", "error": error, "out_of_memory": out_of_memory(**more)}


def loading(size=64, **more):
    return builders.loading(
        **{"variable": "loader", "dataset": "TensorDataset", "batches": 20, **more}, batch_size=size
    )


class TestGradAccumulation:
    RULE = "grad-accumulation"

    def made(self, build, source=MADE):
        return build.record(source, "make")

    def trained(self, build, source=LOOP, size=64, peak=15 * GIB, cell_id="train", **more):
        values = {
            "memory": [build.memory(before=3 * GIB, after=3 * GIB, peak=peak, total=16 * GIB)],
            "data_loading": [loading(size)],
            "backwards": 20,
            "optimizer_steps": 20,
        }
        return build.record(source, cell_id, **{**values, **more})

    def test_divides_the_batch(self, build):
        advice = only(build, self.RULE, self.made(build), self.trained(build))
        assert advice.title == "The training loop takes cuda:0 to 94% of its memory."
        assert advice.severity == "low"
        assert advice.lines == [4, 5]
        assert advice.evidence == [
            "cuda:0 held up to 15 GiB of 16 GiB; 3 GiB stayed after the cell.",
            "The batches were of 64.",
        ]
        assert "4 batches of 16 add up to those of one of 64" in advice.explanation
        # 3 GiB stay, and a quarter of the 12 GiB that came and went.
        assert (advice.prediction.before, advice.prediction.after) == (15 * GIB, 6 * GIB)
        assert (advice.prediction.metric, advice.prediction.device) == ("peak_bytes", "cuda:0")
        assert not advice.fix.safe
        assert "batch_size=16" in fixed(advice, MADE, "make")
        loop = fixed(advice, LOOP, "train")
        assert "(loss / 4).backward()" in loop
        assert "% 4 == 0" in loop

    def test_helps_after_an_error_without_a_promise(self, build):
        record = self.trained(build, peak=13 * GIB, **failed())
        advice = only(build, self.RULE, self.made(build), record)
        assert advice.title == "The training loop ran out of memory on cuda:0 with its batches."
        assert advice.evidence[0] == "An allocation on cuda:0 failed."
        assert advice.prediction is None
        assert advice.fix

    def test_gathers_the_smallest_batches(self, build):
        made = self.made(build, MADE.replace("64", "2"))
        advice = only(build, self.RULE, made, self.trained(build, size=2))
        assert advice.title == "Batches of 2 take cuda:0 to 94% of its memory."
        assert "those of 8 samples" in advice.explanation
        assert advice.prediction is None
        assert {edit.cell_id for edit in advice.fix.edits} == {"train"}

    def test_fixes_the_function_of_another_cell(self, build):
        source = "def train():\n" + "".join(f"    {line}\n" for line in LOOP.splitlines())
        cells = build.record(source, "define"), self.trained(build, "train()", cell_id="run")
        advice = only(build, self.RULE, self.made(build), *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [5, 6])
        assert "(loss / 4).backward()" in fixed(advice, source, "define")

    def test_silent_where_something_else_fills_the_device(self, build):
        for stays, speaks in ((13, True), (15, False)):
            memory = build.memory(after=stays * GIB, peak=15.5 * GIB, total=16 * GIB)
            record = self.trained(build, memory=[memory])
            assert (only(build, self.RULE, self.made(build), record) is not None) is speaks

    def test_silent_where_the_loop_goes_over_something_else(self, build):
        record = self.trained(build, data_loading=[loading(variable="valid")])
        assert only(build, self.RULE, self.made(build), record) is None

    @pytest.mark.parametrize(("line", "speaks"), [(3, True), (5, True), (7, False)])
    def test_silent_where_memory_ran_out_beside_the_loop(self, build, line, speaks):
        source = f"{LOOP}\nscores = evaluate(model)\n"
        more = failed()
        more["error"].frames = [ErrorFrame(source_hash(source), "<module>", line)]
        record = self.trained(build, source, **more)
        assert (only(build, self.RULE, self.made(build), record) is not None) is speaks

    @pytest.mark.parametrize(
        "more",
        [
            {"peak": 14 * GIB},
            {"data_loading": []},
            {"data_loading": [loading(), loading(variable="valid")]},
            {"data_loading": [loading(batches=0)]},
            {"data_loading": [loading(None)]},
            {"size": 2, **failed()},  # no larger batch fits, nor does this one
            {"backwards": 20, "memory": []},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.made(build), self.trained(build, **more)) is None

    def test_silent_for_the_host_and_without_a_total(self, build):
        host = build.memory(peak=15 * GIB, total=16 * GIB, device="host")
        unknown = build.memory(peak=15 * GIB, total=None)
        record = self.trained(build, memory=[host, unknown])
        assert only(build, self.RULE, self.made(build), record) is None

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("    optimizer.step()\n", "    clip_grad_norm_(ps, 1.0)\n    optimizer.step()\n"),
            ("    optimizer.step()\n", "    optimizer.step()\n    scheduler.step()\n"),
            ("    optimizer.step()\n", "    if i % 4 == 0:\n        optimizer.step()\n"),
            ("    loss.backward()\n", "    scaler.scale(loss).backward()\n    scaler.step(opt)\n"),
            ("    optimizer.zero_grad()\n", "    d_opt.zero_grad()\n"),
            ("    loss.backward()\n", "    loss.backward()\n    penalty.backward()\n"),
            ("for x, y in loader:", "for x, y in zip(loader, other):"),
            ("for x, y in loader:", "for i, (x, y) in enumerate(loader, start=1):"),
            ("for x, y in loader:", "while (batch := next(batches, None)) is not None:"),
            ("    optimizer.step()\n", "    optimizer.step()\nelse:\n    report()\n"),
            ("    optimizer.step()\n", "    optimizer.step(closure)\n"),
            ("    optimizer.step()\n", "    stepped = optimizer.step()\n"),
            ("    loss.backward()\n", "    loss.backward(retain_graph=True)\n"),
            ("    loss.backward()\n", "    if loss.isfinite():\n        loss.backward()\n"),
            ("    loss.backward()\n    optimizer.step()\n", "    step(loss)\nloss.backward()\n"),
        ],
    )
    def test_silent_for_loops_that_are_not_plain(self, build, before, after):
        assert before in LOOP
        record = self.trained(build, LOOP.replace(before, after))
        assert only(build, self.RULE, self.made(build), record) is None

    @pytest.mark.parametrize(
        "loader",
        ["loader = make_loader(64)", "loader = DataLoader(data, 64)", "use(DataLoader(data, 64))"],
    )
    def test_silent_where_the_size_is_not_in_the_text(self, build, loader):
        made = self.made(build, f"from torch.utils.data import DataLoader\n{loader}\n")
        assert only(build, self.RULE, made, self.trained(build)) is None


class TestActivationCheckpointing:
    RULE = "activation-checkpointing"

    def trained(self, build, saved=10 * GIB, peak=15 * GIB, source=LOOP, **more):
        values = {
            "memory": [build.memory(before=3 * GIB, after=3 * GIB, peak=peak, total=16 * GIB)],
            "forward_graphs": [build.graph(3, "consumed", saved=saved)],
            "backwards": 8,
        }
        return build.record(source, **{**values, **more})

    def test_suggests_it(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "Activations of `Net` take 10 GiB of a full cuda:0."
        assert advice.severity == "medium"
        assert advice.lines == [3]
        assert advice.evidence == [
            "cuda:0 held up to 15 GiB of 16 GiB.",
            "One forward of `Net` saved 10 GiB for its backward.",
        ]
        assert advice.prediction is None
        assert advice.fix is None
        assert "checkpoint(block, x, use_reentrant=False)" in advice.refusal

    def test_suggests_it_after_an_error_in_the_first_forward(self, build):
        record = self.trained(build, 8 * GIB, 13 * GIB, backwards=0, **failed())
        assert only(build, self.RULE, record)

    @pytest.mark.parametrize(
        "more",
        [
            {"peak": 14 * GIB},
            {"saved": 7 * GIB},  # something else fills the device
            {"backwards": 0},  # a graph that nobody wants: no-grad-inference speaks
            {"forward_graphs": []},
            {"memory": []},
            {"backwards": 0, **failed(device="cuda:1")},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None

    @pytest.mark.parametrize(
        ("fate", "training", "speaks"),
        [
            ("consumed", False, True),
            ("held", True, True),
            ("dropped", True, False),
            ("dropped", False, False),
            ("held", False, False),
        ],
    )
    def test_silent_for_the_graphs_of_an_evaluation(self, build, fate, training, speaks):
        graph = build.graph(9, fate, saved=10 * GIB, training=training)
        small = build.graph(3, "consumed", saved=GIB, training=True)
        record = self.trained(build, forward_graphs=[small, graph])
        assert (only(build, self.RULE, record) is not None) is speaks

    @pytest.mark.parametrize("training", [True, False])
    def test_silent_where_memory_ran_out_in_an_evaluation(self, build, training):
        graph = build.graph(3, "dropped", saved=8 * GIB, training=training)
        record = self.trained(build, peak=13 * GIB, forward_graphs=[graph], backwards=0, **failed())
        assert (only(build, self.RULE, record) is not None) is training

    def test_silent_on_the_host(self, build):
        host = build.memory(peak=15 * GIB, total=16 * GIB, device="host")
        graphs = [build.graph(3, "consumed", saved=10 * GIB, device="cpu")]
        record = self.trained(build, memory=[host], forward_graphs=graphs)
        assert only(build, self.RULE, record) is None

    @pytest.mark.parametrize(
        "line",
        [
            "h = checkpoint(block, h, use_reentrant=False)",
            "model.gradient_checkpointing_enable()",
            "h = checkpoint_sequential(blocks, 4, h)",
        ],
    )
    def test_silent_where_it_is_used_already(self, build, line):
        model = build.record(line, "model")
        assert only(build, self.RULE, model, self.trained(build)) is None


class TestUseReentrant:
    RULE = "use-reentrant"
    MODEL = f"{CHECKPOINT}def forward(x):\n    return checkpoint(block, x)\n"

    def trained(self, build, source="train(forward)", message=WARNING, count=1, line=1, **more):
        warned = [
            RaisedWarning(category="UserWarning", message=message, place=at(line), count=count)
        ]
        return build.record(source, "train", **{"warnings": warned, **more})

    def test_says_it_where_the_checkpoint_is_called(self, build):
        advice = only(build, self.RULE, build.record(self.MODEL, "model"), self.trained(build))
        assert advice.title == "`checkpoint` is called without saying `use_reentrant`."
        assert advice.severity == "low"
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("train", "model", [3])
        assert advice.evidence == ["PyTorch raised its warning about `use_reentrant` once."]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "checkpoint(block, x, use_reentrant=False)" in fixed(advice, self.MODEL, "model")

    def test_says_it_at_all_calls_of_the_cell(self, build):
        source = CHECKPOINT + "h = checkpoint(a, x)\nh = checkpoint(b, h)\n"
        advice = only(build, self.RULE, self.trained(build, source, count=6))
        assert advice.lines == [2, 3]
        assert advice.evidence == ["PyTorch raised its warning about `use_reentrant` 6 times."]
        assert fixed(advice, source, "train").count("use_reentrant=False") == 2

    @pytest.mark.parametrize(
        "call",
        [
            "torch.utils.checkpoint.checkpoint(block, x)",
            "torch.utils.checkpoint.checkpoint_sequential(blocks, 2, x)",
        ],
    )
    def test_knows_the_full_names(self, build, call):
        source = f"import torch\nh = {call}\n"
        advice = only(build, self.RULE, self.trained(build, source))
        assert "x, use_reentrant=False)" in fixed(advice, source, "train")

    @pytest.mark.parametrize(
        "call",
        [
            "checkpoint(block, x, use_reentrant=False)",
            "checkpoint(block, x, use_reentrant=True)",
            "checkpoint(block, x, **options)",
            "save_checkpoint(block, x)",
            "model(x)",  # a checkpoint in a package
        ],
    )
    def test_silent_for_other_calls(self, build, call):
        assert only(build, self.RULE, self.trained(build, f"{CHECKPOINT}h = {call}\n")) is None

    @pytest.mark.parametrize(
        "more", [{"warnings": []}, {"message": "None of the inputs have requires_grad=True."}]
    )
    def test_silent_without_the_warning(self, build, more):
        model = build.record(self.MODEL, "model")
        assert only(build, self.RULE, model, self.trained(build, **more)) is None
