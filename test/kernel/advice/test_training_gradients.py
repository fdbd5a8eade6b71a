"""Advice on gradients, their clearing, sums and graphs, from records built by hand."""

from __future__ import annotations

import pytest
from builders import at, define, fixed, only
from jupyterlab_torchprof.record import Optimizer, PlacedModule, Placement

MIB = 1 << 20
STEP = """\
for x, y in loader:
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
"""
ZEROED = """\
for x, y in loader:
    optimizer.zero_grad(set_to_none=False)
    criterion(model(x), y).backward()
    optimizer.step()
"""
BY_HAND = """\
for x, y in loader:
    for p in model.parameters():
        if p.grad is not None:
            p.grad.zero_()
    criterion(model(x), y).backward()
    optimizer.step()
"""
RETAINED = """\
for x, y in loader:
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward(retain_graph=True)
    optimizer.step()
"""
SUMMED = """\
for i, (x, y) in enumerate(loader):
    loss = criterion(model(x), y)
    loss.backward()
    if (i + 1) % k == 0:
        optimizer.step()
        optimizer.zero_grad()
"""


def stepped(steps=20, kept=19, **more):
    values = {"variable": "optimizer", "class_name": "SGD", "place": at(4), **more}
    return Optimizer(steps=steps, kept_gradients=kept, **values)


class TestMissingZeroGrad:
    RULE = "missing-zero-grad"

    def trained(self, build, source=STEP, cell_id="train", **more):
        values = {"backwards": 20, "optimizer_steps": 20, "optimizers": [stepped()]}
        return build.record(source, cell_id, **{**values, **more})

    def test_fires(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "Nothing clears the gradients of `optimizer` between steps."
        assert advice.severity == "high"
        assert advice.lines == [3]
        assert advice.evidence == [
            "`optimizer` took 20 steps and no `zero_grad` was called.",
            "19 steps found the gradient tensors of the step before.",
        ]
        assert "optimizer.zero_grad()" in advice.explanation
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "    optimizer.zero_grad()\n    loss.backward()\n" in fixed(advice, STEP)

    def test_clears_in_the_function_of_another_cell(self, build):
        source = define(STEP)
        cells = build.record(source, "define"), self.trained(build, "train()", "run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [4])
        assert "optimizer.zero_grad()\n        loss.backward()" in fixed(advice, source)

    def test_calls_the_optimizer_as_the_function_does(self, build):
        source = define(STEP.replace("optimizer", "opt"), "train")
        cells = build.record(source, "define"), self.trained(build, "train()", "run")
        assert "        opt.zero_grad()\n" in fixed(only(build, self.RULE, *cells), source)

    def test_a_scheduler_of_another_name_is_not_cleared(self, build):
        source = STEP.replace("optimizer.step()", "anneal.step()\n    optimizer.advance()")
        made = build.record("anneal = torch.optim.lr_scheduler.StepLR(optimizer, 3)", "setup")
        other = stepped(variable=None)
        advice = only(build, self.RULE, made, self.trained(build, source, optimizers=[other]))
        assert advice.fix is None

    def test_a_scheduler_in_an_attribute_is_known_by_its_import(self, build):
        source = STEP.replace("optimizer.step()", "self.anneal.step()\n    optimizer.advance()")
        imported = build.record("from torch.optim.lr_scheduler import StepLR as Anneal", "imports")
        made = build.record("self.anneal = Anneal(optimizer, 3)", "setup")
        trained = self.trained(build, source, optimizers=[stepped(variable=None)])
        assert only(build, self.RULE, imported, made, trained).fix is None

    def test_names_the_class_of_an_optimizer_without_a_variable(self, build):
        trained = self.trained(build, optimizers=[stepped(variable=None)])
        advice = only(build, self.RULE, trained)
        assert advice.title.endswith("of an optimizer (SGD) between steps.")
        assert advice.evidence[0].startswith("An optimizer (SGD) took 20 steps")

    def test_refuses_where_the_backward_is_not_certain(self, build):
        source = STEP + "extra.backward()\n"
        advice = only(build, self.RULE, self.trained(build, source))
        assert advice.fix is None
        assert advice.refusal == "The text does not tell which backward the step belongs to."
        assert advice.lines == [4]

    @pytest.mark.parametrize(
        "more",
        [
            {"zero_grads": 20},
            {"optimizers": [stepped(kept=0)]},
            {"optimizers": [stepped(kept=2)]},
            {"optimizers": [stepped(class_name="LBFGS")]},
            {"optimizers": [stepped(), stepped(variable="other")]},  # of a GAN
            {"backwards": 80},  # four batches a step, cleared in a function of a library
            {"backwards": 40},  # two losses
            {"backwards": 0},
        ],
    )
    def test_silent_for_what_was_counted(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None

    @pytest.mark.parametrize(
        "line",
        [
            "    for p in model.parameters(): p.grad = None",
            "    for p in model.parameters(): p.grad.zero_()",
            "    torch._foreach_zero_([p.grad for p in model.parameters()])",
            "    norms.append(torch.stack([p.grad.norm() for p in model.parameters()]))",
            "    w.grad=None",
            "    first = w.grad[0]",
        ],
    )
    def test_silent_where_somebody_handles_gradients(self, build, line):
        assert only(build, self.RULE, self.trained(build, f"{STEP}{line}\n")) is None

    def test_a_comment_handles_nothing(self, build):
        source = f"# adds to p.grad of all\n{STEP}    g, = torch.autograd.grad(other, w)\n"
        assert only(build, self.RULE, self.trained(build, source)).fix is not None

    def test_silent_for_gradients_that_another_cell_handles(self, build):
        clear = build.record("def clear(params):\n    for p in params: p.grad = None\n", "clear")
        assert only(build, self.RULE, clear, self.trained(build)) is None

    @pytest.mark.parametrize("source", ["fit(model, loader)", "trainer.train()"])
    def test_silent_for_the_training_of_a_library(self, build, source):
        assert only(build, self.RULE, self.trained(build, source)) is None


class TestZeroGradSetToNone:
    RULE = "zero-grad-set-to-none"

    def placement(self, *sizes, device="cuda:0"):
        modules = [
            PlacedModule(
                path=f"model{number}",
                class_name="Net",
                training=True,
                parameters=size // 4,
                parameter_bytes=size,
                buffer_bytes=0,
                gradient_bytes=size,
                devices={device: size},
            )
            for number, size in enumerate(sizes)
        ]
        return Placement(torch_name="torch", modules=modules)

    def trained(self, build, source=ZEROED, sizes=(48 * MIB,), cell_id="train", **more):
        placement = self.placement(*sizes)
        values = {"backwards": 8, "zero_grads": 8, "zero_grads_kept": 8, "placement": placement}
        return build.record(source, cell_id, **{**values, **more})

    def by_hand(self, build, source=BY_HAND, **more):
        return self.trained(build, source, **{"zero_grads": 0, "zero_grads_kept": 0, **more})

    def test_drops_the_argument(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "48 MiB of gradients are zeroed instead of freed."
        assert advice.severity == "low"
        assert advice.lines == [2]
        assert advice.evidence == [
            "`zero_grad` kept the gradients allocated in 8 calls.",
            "The gradients take 48 MiB on cuda:0 when the cell has ended.",
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "    optimizer.zero_grad()\n" in fixed(advice, ZEROED)

    def test_counts_all_modules(self, build):
        advice = only(build, self.RULE, self.trained(build, sizes=(48 * MIB, 16 * MIB)))
        assert advice.title.startswith("64 MiB of gradients")

    def test_frees_what_is_zeroed_by_hand(self, build):
        advice = only(build, self.RULE, self.by_hand(build))
        assert advice.evidence[0] == "`p.grad.zero_()` fills gradients of parameters with zeros."
        assert advice.lines == [4]
        assert "            p.grad = None\n" in fixed(advice, BY_HAND)

    def test_frees_what_a_function_of_another_cell_zeroes_by_hand(self, build):
        source = define(BY_HAND)
        cells = build.record(source, "define"), self.by_hand(build, "train()", cell_id="run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [5])
        assert "                p.grad = None\n" in fixed(advice, source)

    def test_names_all_devices(self, build):
        placement = self.placement(48 * MIB)
        placement.modules[0].devices = {"cuda:1": 24 * MIB, "cuda:0": 24 * MIB}
        advice = only(build, self.RULE, self.trained(build, placement=placement))
        assert "on cuda:0 and cuda:1 when" in advice.evidence[1]

    def test_to_detach_before_is_not_to_read(self, build):
        source = BY_HAND.replace("            p", "            p.grad.detach_()\n            p", 1)
        assert only(build, self.RULE, self.by_hand(build, source)).fix is not None

    def test_fixes_the_function_of_another_cell(self, build):
        source = define(ZEROED)
        cells = build.record(source, "define"), self.trained(build, "train()", cell_id="run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [3])
        assert "        optimizer.zero_grad()\n" in fixed(advice, source)

    @pytest.mark.parametrize(
        "more",
        [
            {"zero_grads_kept": 0},
            {"backwards": 0},
            {"sizes": (900_000,)},
            {"sizes": ()},
            {"placement": None},
            {"source": "train_in_a_library()"},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None

    @pytest.mark.parametrize(
        "line",
        [
            "g = w.grad.clone()",
            "g = w.grad[0]",
            "norm = sum(p.grad.norm() for p in ps)",
            "x.grad *= 0.5",
        ],
    )
    def test_silent_where_gradients_are_read(self, build, line):
        assert only(build, self.RULE, self.trained(build, f"{ZEROED}    {line}\n")) is None
        assert only(build, self.RULE, self.by_hand(build, f"{BY_HAND}    {line}\n")) is None

    def test_silent_where_another_cell_reads_gradients(self, build):
        plot = build.record("plot([p.grad.norm().item() for p in model.parameters()])", "plot")
        assert only(build, self.RULE, plot, self.trained(build)) is None

    def test_silent_for_the_gradient_of_an_image(self, build):
        source = "score.backward()\nsaliency = image.grad.abs()\nimage.grad.zero_()\n"
        assert only(build, self.RULE, self.by_hand(build, source)) is None


class TestRetainGraph:
    RULE = "retain-graph"

    def trained(self, build, source=RETAINED, saved=24 * MIB, cell_id="train", **more):
        values = {
            "backwards": 8,
            "retaining_backwards": 8,
            "retaining_place": at(4),
            "retaining_bytes": saved,
            "retaining_device": "cuda:0",
        }
        return build.record(source, cell_id, **{**values, **more})

    def test_drops_the_argument(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "`retain_graph=True` keeps 24 MiB that no backward uses."
        assert advice.severity == "medium"
        assert advice.lines == [4]
        assert advice.evidence == [
            "8 backwards kept the graph, and no later backward went through one of them.",
            "One graph saved 24 MiB on cuda:0.",
        ]
        assert advice.prediction is None
        assert advice.fix.safe
        assert "    loss.backward()\n" in fixed(advice, RETAINED)

    @pytest.mark.parametrize(
        ("line", "later"),
        [
            ("last = loss", "last.backward()"),
            ("self.loss = loss", "self.loss.backward()"),
            ("pair = loss, x", "pair[0].backward()"),
            ("logs['loss'] = loss", "logs['loss'].backward()"),
            ("kept.append(loss)", "kept[-1].backward()"),
            ("doubled = loss * 2", "doubled.backward()"),
        ],
    )
    def test_silent_where_a_cell_to_come_asks_by_another_name(self, build, line, later):
        record = self.trained(build, f"{RETAINED}    {line}\n")
        assert build.Session(record, waiting=[later]).advised() == []
        record = self.trained(build, f"{RETAINED}    {line}\n")
        (advice,) = build.Session(record, waiting=[later.replace("backward", "item")]).advised()
        assert advice.fix.safe

    def test_no_safe_fix_where_the_loss_is_handed_on(self, build):
        advice = only(build, self.RULE, self.trained(build, f"{RETAINED}    keep(loss)\n"))
        assert not advice.fix.safe
        advice = only(build, self.RULE, self.trained(build, f"{RETAINED}    print(loss)\n"))
        assert advice.fix.safe

    def test_fixes_the_function_of_another_cell(self, build):
        source = define(RETAINED)
        cells = build.record(source, "define"), self.trained(build, "train()", cell_id="run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [5])
        assert "        loss.backward()\n" in fixed(advice, source)

    @pytest.mark.parametrize(
        "source", ["fit(model)", RETAINED + "aux.backward(retain_graph=True)\n"]
    )
    def test_refuses_where_the_call_is_not_certain(self, build, source):
        advice = only(build, self.RULE, self.trained(build, source))
        assert advice.refusal == "The text does not tell which backward keeps the graph."
        assert advice.lines == [4]

    @pytest.mark.parametrize(
        "more",
        [
            {"retained_reused": True},  # two losses on one graph, or it could not be followed
            {"retaining_backwards": 1},  # perhaps for the next cell
            {"retaining_backwards": 0},
            {"saved": 200_000},
        ],
    )
    def test_silent(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None


class TestAccumulationUnscaled:
    RULE = "accumulation-unscaled"

    def trained(self, build, source=SUMMED, cell_id="train", **more):
        values = {
            "backwards": 80,
            "optimizer_steps": 20,
            "optimizers": [stepped(kept=0)],
        }
        return build.record(source, cell_id, **{**values, **more})

    def test_divides_the_loss(self, build):
        advice = only(build, self.RULE, self.trained(build))
        assert advice.title == "Losses of k batches add up without being divided."
        assert advice.severity == "medium"
        assert advice.lines == [3]
        assert advice.evidence == [
            "80 backwards went with 20 optimizer steps.",
            "Line 3 calls the backward of a loss that nothing divides.",
        ]
        assert advice.prediction is None
        assert not advice.fix.safe
        assert "    (loss / k).backward()\n" in fixed(advice, SUMMED)

    @pytest.mark.parametrize("divisor", ["4", "accum_steps", "cfg.accumulate"])
    def test_divides_by_what_the_text_counts(self, build, divisor):
        source = SUMMED.replace("% k", f"% {divisor}")
        advice = only(build, self.RULE, self.trained(build, source))
        assert f"(loss / {divisor}).backward()" in fixed(advice, source)

    def test_fixes_the_function_of_another_cell(self, build):
        source = define(SUMMED)
        cells = build.record(source, "define"), self.trained(build, "train()", "run")
        advice = only(build, self.RULE, *cells)
        assert (advice.cell_id, advice.code_cell_id, advice.lines) == ("run", "define", [4])
        assert "(loss / k).backward()" in fixed(advice, source)

    def test_divides_an_attribute(self, build):
        source = SUMMED.replace("loss", "self.loss")
        advice = only(build, self.RULE, self.trained(build, source))
        assert "    (self.loss / k).backward()\n" in fixed(advice, source)

    @pytest.mark.parametrize(
        "line", ["total_loss = total / count", "loss_ema = 0.9 * loss_ema", "seen += 2 * batch"]
    )
    def test_what_else_is_computed_of_losses_scales_none(self, build, line):
        source = SUMMED.replace("    if", f"    {line}\n    if")
        assert only(build, self.RULE, self.trained(build, source)).fix is not None

    def test_counts_to_the_step_of_the_optimizer(self, build):
        late = "    if i % 100 == 0:\n        scheduler.step()\n    if (i"
        source = SUMMED.replace("    if (i", late)
        advice = only(build, self.RULE, self.trained(build, source))
        assert "(loss / k).backward()" in fixed(advice, source)

    @pytest.mark.parametrize(
        "more",
        [
            {"optimizer_steps": 80},
            {"optimizer_steps": 60},
            {"optimizers": [stepped(class_name="AdamW")]},
            {"optimizers": [stepped(class_name="LBFGS")]},
            {"optimizers": [stepped(), stepped(variable="other")]},
            {"optimizers": []},
        ],
    )
    def test_silent_for_what_was_counted(self, build, more):
        assert only(build, self.RULE, self.trained(build, **more)) is None

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("criterion(model(x), y)", "criterion(model(x), y) / k"),
            ("criterion(model(x), y)", "criterion(model(x), y) * weight"),
            ("    loss.backward()", "    loss /= k\n    loss.backward()"),
            ("    loss.backward()", "    loss = loss.div(k)\n    loss.backward()"),
            ("    loss.backward()", "    loss.div_(k)\n    loss.backward()"),
            ("    loss.backward()", "    loss = torch.mul(loss, 0.25)\n    loss.backward()"),
            ("loss.backward()", "(loss / k).backward()"),
            ("loss.backward()", "scaler.scale(loss / k).backward()"),
            ("loss.backward()", "accelerator.backward(loss)"),
            ("    if (i + 1) % k == 0:\n", "    if len(queue) == full:\n"),
            ("criterion(model(x), y)", "(criterion(model(x), y) * weights).sum()"),
            (
                "loss = criterion(model(x), y)",
                "each = criterion(model(x), y) / 4\n    loss = each.mean()",
            ),
            ("loss = criterion(model(x), y)", "loss, n = criterion(model(x), y) / 4, len(x)"),
            ("optimizer.step()\n        optimizer.zero_grad()", "scheduler.step()"),
            ("criterion(model(x), y)", 'F.cross_entropy(model(x), y, reduction="sum")'),
        ],
    )
    def test_silent_for_other_texts(self, build, before, after):
        assert before in SUMMED
        source = SUMMED.replace(before, after)
        assert only(build, self.RULE, self.trained(build, source)) is None

    def test_silent_where_a_function_of_another_cell_divides(self, build):
        source = SUMMED.replace("criterion(model(x), y)", "loss_of(x, y)")
        loss = build.record("def loss_of(x, y):\n    return criterion(model(x), y) / k\n", "loss")
        assert only(build, self.RULE, loss, self.trained(build, source)) is None
