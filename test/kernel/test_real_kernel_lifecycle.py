"""What becomes of a cell in a real kernel: one record, or none on purpose."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest


@pytest.fixture
def front_end(kernel):
    return kernel.connect()


def records(front_end) -> list[dict[str, Any]]:
    return [message["record"] for message in front_end.of("end")]


def run_one(kernel, front_end, code: str, **options: Any) -> dict[str, Any]:
    """Run a cell that must make exactly one record."""
    before = len(records(front_end))
    kernel.run(code, **options)
    front_end.wait_for("end", before + 1)
    # A second record would come before the next cell's start.
    kernel.run("%torchprof off")
    kernel.run("%torchprof on")
    new = records(front_end)[before:]
    switched = [record for record in new if record["source"] == "%torchprof off"]
    assert len(new) == 1 + len(switched)
    return new[0]


def test_a_record_says_what_ran(kernel, front_end):
    source = "x = 1\nx"
    record = run_one(kernel, front_end, source, cell_id="cell-a")
    assert record["cell_id"] == "cell-a"
    assert record["source"] == source
    assert record["source_hash"] == hashlib.sha256(source.encode()).hexdigest()
    assert record["status"] == "ok"
    assert record["error"] is None
    assert record["duration_s"] > 0
    assert record["overhead_s"] > 0
    assert record["memory"][0]["device"] == "host"


def test_start_and_end_agree_with_the_front_ends_count(kernel, front_end):
    reply = kernel.run("import time\ntime.sleep(0.5)", cell_id="counted")
    front_end.wait_for("end")
    assert front_end.of("start")[-1]["execution_count"] == reply.content["execution_count"]
    assert records(front_end)[-1]["execution_count"] == reply.content["execution_count"]
    assert front_end.of("start")[-1]["run_id"] == records(front_end)[-1]["run_id"]


def test_of_a_quick_cell_only_its_end_is_told(kernel, front_end):
    for number in range(5):
        kernel.run(f"quick = {number}")
    front_end.wait_for("end", 5)
    assert len(front_end.of("start")) < 5  # on a busy machine even such a cell may last


def test_a_cell_without_id_has_none(kernel, front_end):
    assert run_one(kernel, front_end, "x = 3")["cell_id"] is None


def test_an_error_names_its_line(kernel, front_end):
    record = run_one(kernel, front_end, "\n\nx = 1\nraise ValueError('no <b>')", cell_id="e")
    assert record["status"] == "error"
    error = record["error"]
    assert (error["name"], error["message"], error["line"]) == ("ValueError", "no <b>", 4)
    (frame,) = error["frames"]
    assert (frame["function"], frame["line"]) == ("<module>", 4)
    assert frame["source_hash"] == record["source_hash"]


def test_a_syntax_error_names_its_line(kernel, front_end):
    record = run_one(kernel, front_end, "x = 1\nx = = 2")
    assert record["status"] == "error"
    assert record["error"]["name"] == "SyntaxError"
    assert record["error"]["line"] == 2


def test_an_async_cell_is_measured_whole(kernel, front_end):
    record = run_one(kernel, front_end, "import asyncio\nawait asyncio.sleep(0.3)\ny = 1")
    assert record["status"] == "ok"
    assert record["duration_s"] >= 0.3
    record = run_one(kernel, front_end, "await asyncio.sleep(0)\n1/0")
    assert record["error"]["line"] == 2


def test_a_nested_cell_is_part_of_the_outer(kernel, front_end):
    code = "get_ipython().run_cell('inner = 1')\nget_ipython().run_cell('inner = 2')\nouter = 3"
    assert run_one(kernel, front_end, code)["source"] == code


def test_a_nested_cell_that_fails_leaves_the_outer_ok(kernel, front_end):
    record = run_one(kernel, front_end, "result = get_ipython().run_cell('1/0')")
    assert record["status"] == "ok"


def test_cell_magics_make_one_record(kernel, front_end):
    for magic in ("%%time", "%%capture", "%%timeit -n1 -r1"):
        code = f"{magic}\nx = 1\n"
        assert run_one(kernel, front_end, code)["source"] == code


def test_a_silent_execution_makes_no_record(kernel, front_end):
    before = len(front_end.messages)
    kernel.run("hidden = 1", silent=True, store_history=False)
    kernel.run("")
    kernel.run("   \n")
    assert run_one(kernel, front_end, "shown = hidden")["source"] == "shown = hidden"
    assert len([m for m in front_end.messages[before:] if m["type"] == "start"]) <= 2


def test_a_cell_outside_the_history_has_no_count(kernel, front_end):
    record = run_one(kernel, front_end, "x = 5", store_history=False)
    assert record["execution_count"] is None


def test_switched_off_nothing_is_measured(kernel, front_end):
    kernel.run("%torchprof off")
    front_end.wait_for("status")
    before = len(front_end.messages)
    kernel.run("import time\ntime.sleep(0.3)")
    kernel.run("%torchprof on")
    front_end.wait_for("status", 2)
    kinds = [message["type"] for message in front_end.messages[before:]]
    assert "start" not in kinds
    assert [m["enabled"] for m in front_end.of("status")] == [False, True]


def test_interrupted_in_python_and_in_a_sleep(kernel, front_end):
    kernel.run("import asyncio")
    # ipykernel notices the interrupt of an async cell when its loop turns next.
    waiting = "while True:\n    await asyncio.sleep(0.05)"
    for code in ("while True: pass", "import time\ntime.sleep(60)", waiting):
        before = len(records(front_end))
        request = kernel.start(code)
        front_end.wait_for("sample", len(front_end.of("sample")) + 2)
        kernel.manager.interrupt_kernel()
        kernel.finish(request)
        front_end.wait_for("end", before + 1)
        assert records(front_end)[-1]["status"] == "interrupted", code
        assert run_one(kernel, front_end, "after = 1")["status"] == "ok"


def test_exact_host_peak_of_memory_that_is_gone_again(kernel, front_end):
    size = 256 << 20
    record = run_one(kernel, front_end, f"b = bytearray({size})\ndel b")
    host = record["memory"][0]
    assert host["peak_is"] == "exact"
    # Linux counts pages per processor and adds up now and then: some pages may be missing.
    assert host["peak_bytes"] - host["allocated_before_bytes"] >= 0.99 * size
    assert host["allocated_after_bytes"] - host["allocated_before_bytes"] < size // 2


def test_the_cell_that_loads_is_no_record(bare_kernel):
    bare_kernel.run("%load_ext jupyterlab_torchprof")
    front_end = bare_kernel.connect()
    assert front_end.of("session")[0]["session"]["cells"] == []
    bare_kernel.run("first = 1")
    front_end.wait_for("end")
    assert [record["source"] for record in records(front_end)] == ["first = 1"]


def test_a_marked_cell_shows_its_result_below_it(kernel, front_end):
    kernel.run("%torchprof off")
    reply = kernel.run("%%torchprof\nimport asyncio\nawait asyncio.sleep(0)\n6 * 7", "marked")
    record = front_end.wait_for("end", 2)[-1]["record"]
    assert (record["cell_id"], record["source"][:12]) == ("marked", "%%torchprof\n")
    (result,) = reply.outputs("execute_result")
    assert result["data"]["text/plain"] == "42"
    (shown,) = reply.outputs("display_data")
    session = shown["data"]["application/vnd.jupyterlab-torchprof.v1+json"]
    assert [cell["run_id"] for cell in session["cells"]] == [record["run_id"]]
    failed = kernel.run("%%torchprof\n1/0")
    assert failed.content["status"] == "error"
    assert len(failed.outputs("error")) == 1
