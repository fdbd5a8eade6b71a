"""Processor time of a cell and of its samples."""

from __future__ import annotations


def test_work_counts_and_waiting_does_not(notebook):
    waited = notebook.ok("import time\ntime.sleep(0.4)")
    worked = notebook.ok(
        "end = time.process_time() + 0.3\nwhile time.process_time() < end:\n    pass"
    )

    assert waited.cpu_s is not None
    assert waited.cpu_s < 0.5 * waited.duration_s
    assert worked.cpu_s >= 0.3


def test_the_work_of_other_threads_counts(notebook):
    record = notebook.ok(
        "import hashlib, threading, time\n"
        "def work():\n"
        "    while time.thread_time() < 0.3:\n"
        "        hashlib.sha256(bytes(1 << 20)).digest()\n"
        "threads = [threading.Thread(target=work) for _ in range(2)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )

    assert record.cpu_s >= 0.6


def test_children_that_ended_are_counted_apart(notebook):
    assert notebook.ok("x = 1").children_cpu_s == 0.0
    record = notebook.ok(
        "import subprocess, sys\n"
        "code = 'import time\\nwhile time.process_time() < 0.3: pass'\n"
        "subprocess.run([sys.executable, '-c', code], check=True)\n"
    )

    assert record.children_cpu_s > 0.25  # counted in ticks, of a hundredth of a second mostly
    assert record.cpu_s < record.children_cpu_s  # it waited meanwhile


def test_samples_carry_it_from_the_start_on(notebook):
    record = notebook.ok("import time\ntime.sleep(0.35)")

    times = [sample.cpu_s for sample in record.samples]
    assert times[0] == 0.0
    assert times[-1] == record.cpu_s
    assert times == sorted(times)
