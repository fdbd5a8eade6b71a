"""The clocks, as they were when the extension was loaded.

A program may put others in their place (to freeze the time, to make tests fast); what is measured
is real all the same.
"""

from __future__ import annotations

from time import monotonic, perf_counter, process_time, thread_time, time, time_ns

__all__ = ["monotonic", "perf_counter", "process_time", "thread_time", "time", "time_ns"]
