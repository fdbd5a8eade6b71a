"""``jupyter torchprof run`` on notebooks that can be run, with real kernels."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from jupyterlab_torchprof.derive import line_of
from jupyterlab_torchprof.document import decode_session
from length import AT_LENGTH

from .conftest import Finished, run_in_process, write_notebook

ALL = ("--json", "session.json", "--html", "report.html", "--notebook", "done.ipynb")
CELLS = ("x = 20", "", "# a comment\nprint(x + 1)")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """All results of one run, of a command in a process of its own."""
    folder = tmp_path_factory.mktemp("all")
    return run_in_process(folder, "run", write_notebook(folder, *CELLS), *ALL)


def test_writes_all_results(done: Finished) -> None:
    assert done.status == 0, done.err
    records = done.records()
    assert [(r.cell_id, r.source, r.status) for r in records] == [
        ("a", "x = 20", "ok"),
        ("c", "# a comment\nprint(x + 1)", "ok"),
    ]
    assert all(record.memory[0].device == "host" for record in records)
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "print(x + 1)" in page
    executed = nbformat.read(done.folder / "done.ipynb", as_version=4)
    assert [cell.id for cell in executed.cells] == ["a", "b", "c"]
    assert executed.cells[2].outputs[0].text == "21\n"
    assert executed.cells[2].metadata == {}
    lines = done.err.splitlines()
    assert lines[0].startswith("[1/2] x = 20 ")
    assert lines[1].startswith("[2/2] print(x + 1) ")
    assert "peak" in lines[1]
    assert done.out == ""
    assert sorted(p.name for p in done.folder.iterdir()) == [
        "done.ipynb",
        "report.html",
        "session.json",
        "work.ipynb",
    ]


def test_leaves_the_notebook_alone(done: Finished, write) -> None:
    assert (done.folder / "work.ipynb").read_bytes() == write(*CELLS).read_bytes()


def test_the_document_has_what_the_doctor_says(done: Finished) -> None:
    session = decode_session((done.folder / "session.json").read_bytes()).session
    assert [check.topic for check in session.checks][:2] == ["Python", "PyTorch"]
    assert session.health == []


def test_leaves_source_out_of_what_others_get(write, run) -> None:
    done = run("run", write("secret = 20\nprint(secret + 22)"), *ALL, "--no-source")

    assert done.status == 0, done.err
    session = decode_session((done.folder / "session.json").read_bytes()).session
    assert session.source_left_out
    assert [cell.source for cell in session.cells] == [""]
    assert "secret + 22" not in (done.folder / "report.html").read_text("utf-8")
    assert "secret + 22" in (done.folder / "done.ipynb").read_text("utf-8")


@pytest.mark.parametrize(("options", "told"), [([], True), (["--no-source"], False)])
def test_a_report_of_a_saved_session(done: Finished, run, options: list[str], told: bool) -> None:
    again = run("report", done.folder / "session.json", "--html", "again.html", *options)

    assert again.status == 0, again.err
    assert ("print(x + 1)" in (again.folder / "again.html").read_text("utf-8")) is told


def test_prints_a_table_without_outputs(write, run) -> None:
    done = run("run", write("x = 20", "y = x"))

    assert done.status == 0, done.err
    header, first, second = done.out.splitlines()
    assert header.split()[:3] == ["cell", "code", "time"]
    assert first.startswith("[1]   x = 20")
    assert second.startswith("[2]   y = x")


LOOP = """\
import torch
net = torch.nn.Linear(50, 50)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(12):
    net(torch.ones(4, 50)).sum().backward()
    optimizer.step()
"""


def test_records_cells_in_depth(write, run) -> None:
    done = run("run", write("x = 1", LOOP), "--deep", "2", "--steps", "3", "--json", "deep.json")

    assert done.status == 0, done.err
    before, after = done.records("deep.json")
    assert before.deep is None
    assert len(after.deep.steps) == 3
    first, second, *rows = done.out.strip().splitlines()[-20:]
    assert first.startswith("[2] import torch")
    assert second.strip().startswith("3 steps of")
    assert any("on line 5" in row and "FLOP" in row for row in rows)


def test_writes_a_trace_of_all_cells(write, run) -> None:
    path = write("secret = 3", LOOP, LOOP)
    options = ("--deep", "2", "3", "--steps", "3", "--trace", "trace.json.gz", "--no-source")
    done = run("run", path, *options)

    assert done.status == 0, done.err
    document = json.loads(gzip.decompress((done.folder / "trace.json.gz").read_bytes()))
    events = document["traceEvents"]
    names = {each["args"]["name"] for each in events if each["name"] == "process_name"}
    assert names == {"Cell [2]", "Cell [3]"}
    steps = [(each["pid"], each["name"]) for each in events if each.get("cat") == "step"]
    assert steps == [(cell, f"Step {step}") for cell in (2, 3) for step in (1, 2, 3)]
    assert not any("code" in each.get("args", {}) for each in events)


def test_tries_what_took_most_in_other_ways(write, run) -> None:
    loop = LOOP.replace("Linear(50, 50)", "Linear(900, 900)").replace("(4, 50)", "(900, 900)")
    done = run("run", write(loop), "--deep", "--replay", "--json", "deep.json")

    assert done.status == 0, done.err
    (record,) = done.records("deep.json")
    replays = [replay for work in record.deep.work for replay in work.replays]
    assert replays and all(replay.original_s > 0 for replay in replays)
    assert " → " in done.out


def test_says_that_there_is_no_trace(write, run) -> None:
    done = run("run", write("x = 1"), "--deep", "--trace", "trace.json")

    assert done.status == 1
    assert "nothing was recorded in depth" in done.err
    assert not (done.folder / "trace.json").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--trace", "trace.json"], "--trace FILE is for --deep"),
        (["--deep", "9"], "There is no code cell 9: the notebook has 1."),
        (["--steps", "3"], "--steps N is for --deep"),
        (["--replay"], "--replay is for --deep"),
    ],
)
def test_refuses_a_depth_that_is_none(write, run, options: list[str], words: str) -> None:
    done = run("run", write("x = 1"), *options)

    assert done.status == 2
    assert words in done.err


def test_prints_what_the_terminal_can_show(
    write, run_process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    done = run_process("run", write("text = 'ä 漢 🙂'"))

    assert done.status == 0, done.err
    assert "text = '? ? ?'" in done.out
    assert "text = '? ? ?'" in done.err


def test_runs_in_the_folder_of_the_notebook(write, run, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    path = write("open('here.txt', 'w').close()", name="inner/work.ipynb")

    assert run("run", path).status == 0
    assert (tmp_path / "inner" / "here.txt").exists()


def test_tells_of_pytorch_once_it_is_imported(write, run) -> None:
    done = run(
        "run",
        write("x = 1", "import torch\nmodel = torch.nn.Linear(1000, 1000)"),
        "--json",
        "session.json",
    )

    assert done.status == 0, done.err
    session = json.loads((done.folder / "session.json").read_text(encoding="utf-8"))
    assert session["notebook"] == "work.ipynb"
    assert session["environment"]["torch"].startswith("2.")
    before, after = done.records()
    assert before.placement is None
    assert after.placement is not None
    assert after.placement.modules[0].parameter_bytes == 4 * (1000 * 1000 + 1000)


def test_stops_at_the_cell_that_fails(write, run) -> None:
    done = run("run", write("x = 1", "raise ValueError('on purpose')", "x = 2"), *ALL)

    assert done.status == 1
    assert done.err.splitlines()[-1] == "Cell 2: ValueError: on purpose"
    assert [record.status for record in done.records()] == ["ok", "error"]
    assert "on purpose" in (done.folder / "report.html").read_text(encoding="utf-8")
    executed = nbformat.read(done.folder / "done.ipynb", as_version=4)
    assert executed.cells[1].outputs[0].ename == "ValueError"
    assert executed.cells[2].execution_count is None


def test_goes_on_where_an_error_is_expected(write, run) -> None:
    path = write("1 / 0", "x = 2", a="raises-exception")

    done = run("run", path, "--json", "session.json")

    assert done.status == 0, done.err
    assert [record.status for record in done.records()] == ["error", "ok"]


def test_cells_that_ask_for_input_fail_instead_of_hanging(write, run) -> None:
    done = run("run", write("input('name? ')"))

    assert done.status == 1
    assert "StdinNotImplementedError" in done.err


def test_profiling_can_be_switched_off_in_the_notebook(write, run) -> None:
    done = run(
        "run", write("%torchprof off", "x = 1", "%torchprof on", "y = 1"), "--json", "s.json"
    )

    assert done.status == 0, done.err
    assert done.err.splitlines()[1].endswith("not profiled")
    assert "y = 1" in [record.source for record in done.records("s.json")]
    assert "x = 1" not in [record.source for record in done.records("s.json")]


def test_old_notebooks_get_ids(run, tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": ["x = 1\n", "y = 2"], "outputs": []}
    text = {"cell_type": "markdown", "metadata": {}, "source": "text"}
    old = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [cell, text, cell]}
    (tmp_path / "old.ipynb").write_text(json.dumps(old), encoding="utf-8")

    done = run("run", "old.ipynb", *ALL)

    assert done.status == 0, done.err
    assert [(r.cell_id, r.source) for r in done.records()] == [
        ("cell-1", "x = 1\ny = 2"),
        ("cell-3", "x = 1\ny = 2"),
    ]
    nbformat.validate(nbformat.read(tmp_path / "done.ipynb", as_version=4))


def test_version_3_is_converted(run, tmp_path: Path) -> None:
    cell = {
        "cell_type": "code",
        "collapsed": False,
        "input": "x = 1",
        "language": "python",
        "metadata": {},
        "outputs": [],
    }
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"metadata": {}, "cells": [cell]}],
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(old), encoding="utf-8")

    done = run("run", "old.ipynb", "--json", "session.json")

    assert done.status == 0, done.err
    assert [record.source for record in done.records()] == ["x = 1"]


def test_a_terminal_is_not_obeyed_to_the_notebook(write, run) -> None:
    evil = "x = '\x1b]0;owned\x07\x1b[2J\u202e'  # </script><img src=x onerror=alert(1)>"

    done = run("run", write(evil, f"raise ValueError({evil[4:30]!r})"), *ALL)

    assert done.status == 1
    assert done.records()[0].source == evil
    for text in (done.out, done.err):
        assert not set(text) & set("\x1b\x07\u202e")
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "<img src=x" not in page


EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def shortened(tmp_path: Path) -> Callable[..., Path]:
    """Copies an example with other numbers in it, which do not change what it shows.

    Most of its time is training.
    """

    def shortened(name: str, numbers: dict[str, str]) -> Path:
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        for long, short in numbers.items():
            assert text.count(long) == 1, f"{name} has {long} no more, or more than once"
            text = text if AT_LENGTH else text.replace(long, short)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return shortened


@pytest.mark.timeout(200)
def test_the_example_is_a_true_story(run, shortened) -> None:
    example = shortened("inference.ipynb", {"steps=150": "steps=20", "steps=75": "steps=10"})

    done = run("run", example, "--json", "session.json", "--html", "report.html")

    assert done.status == 0, done.err
    records = {record.cell_id: record for record in done.records()}
    assert all(record.status == "ok" for record in records.values())
    found = {
        (cell, advice.rule)
        for cell, record in records.items()
        for advice in record.advice
        if advice.rule != "fuse-conv-bn"  # true, too, where a slow machine takes long
    }
    assert found == {("inference", "no-grad-inference")}
    grads = [record.grad for record in records.values() if record.grad is not None]
    assert {forward.module for grad in grads for forward in grad.forwards} == {"ShapeNet"}
    advice = records["inference"].advice[0]
    assert advice.fix is not None
    assert advice.prediction is not None
    assert 300 * 2**20 < advice.prediction.before < 800 * 2**20
    [load] = records["load"].loads
    assert load.map_location is not None
    assert sum(load.landed.values()) > 300_000
    [move] = [move for move in records["load"].moves if not move.what.startswith("<")]
    assert line_of(records["load"], move.place) == 3


@pytest.mark.timeout(200)
def test_the_tutorial_finds_what_it_says(run, shortened) -> None:
    tutorial = shortened(
        "tutorial.ipynb", {"range(150)": "range(60)", "return 6000": "return 1500"}
    )

    done = run("run", tutorial, "--json", "session.json", "--notebook", "done.ipynb")

    assert done.status == 0, done.err
    records = {record.cell_id: record for record in done.records()}
    assert all(record.status == "ok" for record in records.values())
    found = {cell: [item.rule for item in record.advice] for cell, record in records.items()}
    assert {cell: rules for cell, rules in found.items() if rules} == {
        "evaluate": ["no-grad-inference"]
    }
    assert records["evaluate"].advice[0].fix is not None
    draw = records["draw"]
    if draw.duration_s > 2:  # a quick machine may be through before there are enough samples
        slowest = max(draw.lines, key=lambda line: line.time_share)
        assert "image[0, " in draw.source.splitlines()[slowest.line - 1]
    [loading] = records["train"].data_loading
    assert loading.batches == 2 * (60 if AT_LENGTH else 15)
    assert 0 < loading.wait_s < loading.loop_s
    executed = nbformat.read(done.folder / "done.ipynb", as_version=4)
    [output] = executed.cells[-1].outputs
    assert "text/html" in output.data
