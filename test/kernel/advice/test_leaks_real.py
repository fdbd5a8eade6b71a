"""Leaks with real probes, where cells run again: what a notebook that runs once cannot show."""

from __future__ import annotations

MODEL = "big = nn.Linear(2200, 2200)"
OPTIMIZER = "stepper = torch.optim.SGD(big.parameters(), lr=0.1)"


def rules(record) -> list[str]:
    return [advice.rule for advice in record.advice]


def test_a_model_cell_that_runs_again(notebook):
    notebook.run("model", MODEL)
    notebook.run("optimizer", OPTIMIZER)
    notebook.run("model", MODEL)
    assert rules(notebook.latest("model")) == []
    notebook.run("other", "a = 1")
    assert rules(notebook.latest("model")) == ["old-model-alive"]
    (advice,) = notebook.latest("model").advice
    assert advice.actions[0].targets == ["stepper"]

    # The optimizer is made anew: the old model goes, and the advice with it.
    notebook.run("optimizer", OPTIMIZER)
    assert rules(notebook.latest("model")) == []


def test_the_fixed_model_cell_keeps_one_model(notebook):
    notebook.run("model", MODEL)
    notebook.run("optimizer", OPTIMIZER)
    notebook.run("model", MODEL)
    notebook.run("other", "a = 1")
    record = notebook.fix("model")
    assert record.source == f"big = stepper = None\n{MODEL}"
    assert not record.holders
    notebook.run("other", "a = 1")
    assert rules(notebook.latest("model")) == []


def test_a_value_that_is_shown_run_after_run(notebook):
    show = "big = torch.randn(2200, 2200)\nbig"
    notebook.run("show", show)
    assert rules(notebook.latest("show")) == []
    record = notebook.run("show", show)
    (advice,) = record.advice
    assert advice.rule == "out-cache-tensor"
    assert len(advice.actions[0].targets) == 1
    record = notebook.run("show", show)
    (advice,) = record.advice
    assert len(advice.actions[0].targets) == 2

    # Ended with a semicolon it is kept no more.
    assert notebook.fix("show").source == f"{show};"
    before = len(notebook.latest("show").holders)
    record = notebook.run("show", f"{show};")
    assert len(record.holders) == before
    assert rules(record) == []


def test_an_error_and_what_comes_after(notebook):
    notebook.run(
        "define",
        "def half(x):\n    activations = x.repeat(2200, 1)\n    return activations @ torch.ones(3)",
    )
    result = notebook.shell.run_cell(
        "half(torch.ones(2200))", store_history=True, cell_id="failing"
    )
    assert not result.success
    assert rules(notebook.latest("failing")) == []
    notebook.run("other", "a = 1")
    assert rules(notebook.latest("failing")) == ["traceback-pins-tensors"]

    # Another error takes its place.
    notebook.shell.run_cell("1 / 0", store_history=True, cell_id="other_error")
    assert rules(notebook.latest("failing")) == []


def test_an_intermediate_result_until_somebody_reads_it(notebook):
    notebook.run("compute", "scores = x.repeat(8, 16) * 2\nbest = scores.max().item()")
    notebook.run("one", "a = 1")
    assert rules(notebook.latest("compute")) == []
    notebook.run("two", "b = 2")
    assert rules(notebook.latest("compute")) == ["stale-intermediates"]
    notebook.run("read", "worst = scores.min().item()")
    assert rules(notebook.latest("compute")) == []


def test_evaluation_in_training_mode(notebook):
    notebook.run(
        "model",
        "net = nn.Sequential(nn.Linear(256, 64), nn.Dropout(0.5), nn.Linear(64, 10))\n"
        "steps = torch.optim.SGD(net.parameters(), lr=0.1)",
    )
    notebook.run(
        "train",
        "for part, wanted in loader:\n    steps.zero_grad()\n"
        "    criterion(net(part), wanted).backward()\n    steps.step()",
    )
    notebook.run("score", "with torch.no_grad():\n    guess = net(x).argmax(1)\nguess.shape")
    (advice,) = notebook.latest("score").advice
    assert advice.rule == "missing-eval"
    record = notebook.fix("score")
    assert record.source.splitlines()[0] == "net.eval()"
    assert "net.train()" in record.source
    assert rules(record) == []
    # Training goes on in training mode.
    record = notebook.run("train", notebook.latest("train").source)
    assert rules(record) == []
    assert notebook.shell.user_ns["net"].training
