"""The magic, in a shell without a kernel."""

from __future__ import annotations

import json
import warnings

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from jupyterlab_torchprof.deliver.display import mime_bundle
from jupyterlab_torchprof.extension import load, unload
from jupyterlab_torchprof.record import MIME_TYPE


class Publisher(CapturingDisplayPublisher):
    """Collects what a shell displays."""

    @property
    def bundles(self):
        return [output["data"] for output in self.outputs]

    def sessions(self):
        return [bundle[MIME_TYPE] for bundle in self.bundles]


@pytest.fixture
def shown(shell):
    shell.display_pub = publisher = Publisher(shell=shell)
    return publisher


@pytest.fixture
def profiler(shell):
    profiler = load(shell)
    yield profiler
    unload(shell)
    assert not profiler.health.entries()


def run(shell, code):
    return shell.run_cell(code, store_history=True)


def test_last_cell_and_status(shell, profiler, shown, capsys):
    run(shell, "x = 1")
    run(shell, "%torchprof")
    (session,) = shown.sessions()
    assert [cell["source"] for cell in session["cells"]] == ["x = 1"]
    assert set(shown.bundles[0]) == {MIME_TYPE, "text/html", "text/plain"}
    assert "x = 1" in shown.bundles[0]["text/plain"]
    assert "The profiler is on, runs kept: 1" in capsys.readouterr().out


def test_before_any_cell(shell, profiler, shown):
    run(shell, "%torchprof")
    assert shown.sessions()[0]["cells"] == []
    assert "No cell has been profiled yet" in shown.bundles[0]["text/plain"]


def test_off_and_on(shell, profiler, capsys):
    run(shell, "%torchprof off")
    run(shell, "unseen = 1")
    run(shell, "%torchprof on")
    run(shell, "seen = 1")
    sources = [record.source for record in profiler.history.records()]
    assert sources == ["%torchprof off", "seen = 1"]
    assert capsys.readouterr().out == "The profiler is off.\nThe profiler is on.\n"


@pytest.mark.parametrize("enabled", [True, False])
def test_a_marked_cell_is_measured_once_and_shown(shell, profiler, shown, capsys, enabled):
    profiler.switch(enabled)
    source = "%%torchprof\n\nx = 20\n%time y = 22\nx + y"
    result = run(shell, source)
    assert result.result == 42
    assert shell.user_ns["_"] == 42
    assert "Out[1]: 42" in capsys.readouterr().out
    (record,) = profiler.history.records()
    assert record.source == source
    assert [cell["run_id"] for cell in shown.sessions()[0]["cells"]] == [record.run_id]
    run(shell, "after = 1")
    assert len(profiler.history.records()) == 1 + enabled


def test_a_marked_cell_may_await(shell, profiler, shown):
    result = run(shell, "%%torchprof\nimport asyncio\nawait asyncio.sleep(0)\n7")
    assert result.result == 7
    assert shown.sessions()[0]["cells"][0]["status"] == "ok"


def test_an_error_in_a_marked_cell_is_the_cells_error(shell, profiler, shown, capsys):
    result = run(shell, "%%torchprof\n\n1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert capsys.readouterr().out.count("Traceback") == 1
    error = shown.sessions()[0]["cells"][0]["error"]
    assert (error["name"], error["line"]) == ("ZeroDivisionError", 3)


@pytest.mark.parametrize("head", ["%%torchprof\n%%capture", "%%capture\n%%torchprof"])
def test_the_mark_and_another_magic(shell, profiler, shown, head):
    profiler.switch(False)
    run(shell, f"{head}\nprint(1)\nz = 5")
    assert shell.user_ns["z"] == 5
    assert len(profiler.history.records()) == 1
    assert len(shown.sessions()) == 1


def test_a_marked_cell_from_code(shell, profiler, shown):
    profiler.switch(False)
    run(shell, "get_ipython().run_cell_magic('torchprof', '', 'w = 6')")
    assert shell.user_ns["w"] == 6
    assert len(shown.sessions()) == 1
    failed = run(shell, "get_ipython().run_cell_magic('torchprof', '', '1/0')")
    assert isinstance(failed.error_in_exec, ZeroDivisionError)


def test_arguments_are_refused(shell, profiler, capsys):
    run(shell, "%%torchprof now\nx = 1")
    assert "takes no arguments" in capsys.readouterr().err
    assert "x" not in shell.user_ns


def test_a_statement_is_shown_by_itself(shell, profiler, shown):
    result = run(shell, "a = 1\nb = %torchprof sum([a, {'k': 2}['k']])\nb + 1")
    assert result.result == 4
    (session,) = shown.sessions()
    assert session["cells"][0]["source"] == "sum([a, {'k': 2}['k']])"
    assert [r.source for r in profiler.history.records()] == [result.info.raw_cell]
    run(shell, "%torchprof c = 5")
    assert shell.user_ns["c"] == 5
    assert len(shown.sessions()) == 2


def test_a_statement_that_fails_is_shown_and_fails(shell, profiler, shown):
    result = run(shell, "x = 1\n%torchprof 1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    error = shown.sessions()[0]["cells"][0]["error"]
    assert (error["name"], error["line"]) == ("ZeroDivisionError", 1)
    record = profiler.history.last()
    assert (record.status, record.error.line) == ("error", 2)


def test_a_statement_cannot_await(shell, profiler, capsys):
    run(shell, "%torchprof await something()")
    assert "put %%torchprof on top" in capsys.readouterr().err


def test_a_statement_does_not_hide_the_peak_of_its_cell(shell, profiler, shown):
    size = 128 << 20
    # Of the system, and given back: the C library's may lie in what was freed before.
    block = f"import mmap\nblock = mmap.mmap(-1, {size})\nblock[::4096] = bytes({size} // 4096)\n"
    run(shell, f"{block}block.close()\n%torchprof x = 1")
    host = profiler.history.last().memory[0]
    assert host.peak_bytes - host.allocated_before_bytes > 0.9 * size
    inner = shown.sessions()[0]["cells"][0]["memory"][0]
    assert inner["peak_bytes"] - inner["allocated_before_bytes"] < 0.5 * size


def test_the_session_as_json(shell, profiler, tmp_path, capsys):
    run(shell, "x = 1")
    run(shell, f"%torchprof report {tmp_path}/session.json")
    session = json.loads((tmp_path / "session.json").read_text("utf-8"))
    assert [cell["source"] for cell in session["cells"]] == ["x = 1"]
    assert "Report written to" in capsys.readouterr().out


def test_the_session_as_report(shell, profiler, tmp_path):
    shell.user_ns["folder"] = tmp_path
    run(shell, "x = 1234567")
    run(shell, "%torchprof report {folder}/report.html")
    report = (tmp_path / "report.html").read_text("utf-8")
    assert report.lstrip().lower().startswith("<!doctype html>")
    assert "1234567" in report


@pytest.mark.parametrize("line", ["{file} --no-source", "--no-source {file}"])
@pytest.mark.parametrize("suffix", ["html", "json"])
def test_a_report_without_source(shell, profiler, tmp_path, line, suffix):
    run(shell, "1234567 + 0")
    path = tmp_path / f"session.{suffix}"
    run(shell, f"%torchprof report {line.format(file=path)}")
    text = path.read_text("utf-8")
    assert '"source_left_out":true' in text
    assert "1234567 + 0" not in text


@pytest.mark.parametrize(
    "argument", ["", "--no-source", "report", "report.txt", "/missing/folder/report.html"]
)
def test_a_report_that_cannot_be_written(shell, profiler, capsys, argument):
    run(shell, f"%torchprof report {argument}")
    assert "report" in capsys.readouterr().err


def test_the_doctor(shell, profiler, capsys):
    run(shell, "%torchprof doctor")
    said = capsys.readouterr().out
    assert "PyTorch" in said
    assert "found." in said.splitlines()[-1]


def test_it_documents_itself(shell, profiler):
    info = shell.object_inspect("%torchprof")
    assert "%%torchprof" in info["docstring"]
    assert "report FILE" in info["docstring"]


def test_a_magic_of_that_name_is_left_alone(shell, shown):
    shell.register_magic_function(lambda line: "theirs", "line", "torchprof")
    with pytest.warns(UserWarning, match="jupyterlab_torchprof"):
        profiler = load(shell)
    assert shell.run_line_magic("torchprof", "") == "theirs"
    profiler.switch(False)
    run(shell, "%%jupyterlab_torchprof\nx = 1")
    assert shown.sessions()[0]["cells"][0]["source"].endswith("x = 1")
    unload(shell)
    assert shell.run_line_magic("torchprof", "") == "theirs"
    assert "jupyterlab_torchprof" not in shell.magics_manager.magics["cell"]


def test_loading_twice_measures_once(shell):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = load(shell), load(shell)
    assert first is second
    run(shell, "x = 1")
    assert len(first.history.records()) == 1
    unload(shell)
    unload(shell)


def test_the_bundle_is_json(shell, profiler):
    run(shell, "x = 1")
    assert json.dumps(mime_bundle(profiler.session()))
