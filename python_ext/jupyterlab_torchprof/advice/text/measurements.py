"""Profilers and timers in the text of a cell: blocks, decorators, calls, magics and switches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ...fixes.mask import mask
from .code import Code, dotted, read, resolve
from .program import Program

_MAGICS = frozenset(
    {"heat", "lprun", "memit", "mprun", "prun", "pyinstrument", "scalene", "snakeviz", "timeit"}
)
_INSTRUMENTS = frozenset(
    {
        "cProfile.Profile",
        "line_profiler.LineProfiler",
        "memory_profiler.LineProfiler",
        "profile.Profile",
        "pyinstrument.Profiler",
        "timeit.Timer",
        "torch.autograd.profiler.emit_itt",
        "torch.autograd.profiler.emit_nvtx",
        "torch.autograd.profiler.profile",
        "torch.profiler.profile",
        "torch.utils.benchmark.Timer",
        "torch.utils.flop_counter.FlopCounterMode",
        "viztracer.VizTracer",
    }
)
"""Objects that measure: as blocks, or between two of their methods."""
_CALLS = frozenset(
    {
        "cProfile.run",
        "cProfile.runctx",
        "memory_profiler.memory_usage",
        "profile.run",
        "profile.runctx",
        "timeit.repeat",
        "timeit.timeit",
        "torch.utils.bottleneck.__main__.main",
        "triton.testing.do_bench",
        "triton.testing.do_bench_cudagraph",
        *_INSTRUMENTS,
    }
)
_DECORATORS = frozenset({"line_profiler.profile", "memory_profiler.profile", "profile"})
_STARTS = frozenset(
    {"torch.cuda.memory._record_memory_history", "torch.cuda.profiler.start", "tracemalloc.start"}
)
_STOPS = frozenset({"torch.cuda.profiler.stop", "tracemalloc.stop"})
_BEGIN = frozenset({"__enter__", "enable", "enable_by_count", "start"})
_END = frozenset({"__exit__", "disable", "disable_by_count", "stop"})
_RUN = frozenset(
    {"adaptive_autorange", "autorange", "blocked_autorange", "collect_callgrind", "repeat", "run"}
    | {"runcall", "runctx", "timeit"}
)
WORDS = re.compile(
    r"autograd\.profiler|benchmark|cProfile|do_bench|emit_itt|emit_nvtx|FlopCounterMode|heat"
    r"|line_profiler|lprun|memit|memory_profiler|mprun|[pP]rofile|prun|pyinstrument|scalene"
    r"|snakeviz|timeit|tracemalloc|_record_memory_history|viztracer"
)
"""A text without any of these measures nothing."""
_CALLED = re.compile(r"\b([^\W\d]\w*)\s*\(|-[fm]\s+([\w.]+)")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def instruments(program: Program) -> set[str]:
    """Variables that hold something that measures."""
    names: set[str] = set()
    for cell in program.cells:
        code = read(cell.source)
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.Assign) and _is_one_of(node.value, program.imports):
                names.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return names


def _is_one_of(node: ast.expr, imports: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Call) and _full(dotted(node.func), imports) in _INSTRUMENTS


def _full(name: str, imports: Mapping[str, str]) -> str | None:
    """The full name of what an import has bound."""
    return resolve(name, imports) if name.partition(".")[0] in imports else None


class Measurements:
    """What is measured in the text of one cell."""

    def __init__(self, source: str, imports: Mapping[str, str], instruments: set[str]) -> None:
        """``instruments``: variables that hold something that measures."""
        self.whole = False
        self.lines: set[int] = set()
        self.functions: set[str] = set()
        """Called or mentioned where something is measured."""
        self.measuring: set[str] = set()
        """Functions that measure what they do."""
        self._imports = imports
        self._instruments = instruments
        masked = mask(source)
        self.whole = any(name in _MAGICS for name in masked.cell_magics)
        for escape in masked.escapes:
            if escape.name in _MAGICS:
                self.lines.update(range(escape.first_line, escape.last_line + 1))
                self.functions.update(a or b for a, b in _CALLED.findall(escape.body))
        code = read(source)
        if code is not None:
            self._read(code)

    def _read(self, code: Code) -> None:
        for node in ast.walk(code.tree):
            if isinstance(node, (ast.With, ast.AsyncWith)):
                if any(self._measures(item.context_expr) for item in node.items):
                    self._add(node)
            elif isinstance(node, FUNCTIONS) and any(map(self._is_decorator, node.decorator_list)):
                self._add(node)
        for call in code.calls:
            if _full(call.name, self._imports) in _CALLS or self._runs(call.name):
                self._add(call.node)
                self.functions.update(_mentioned(call.node))
        self._between(code)
        for node in ast.walk(code.tree):
            if isinstance(node, FUNCTIONS) and self.lines & lines_of(node):
                self.measuring.add(node.name)

    def _add(self, node: ast.expr | ast.stmt) -> None:
        self.lines |= lines_of(node)

    def _measures(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self._instruments
        return _is_one_of(node, self._imports)

    def _is_decorator(self, node: ast.expr) -> bool:
        name = node.func if isinstance(node, ast.Call) else node
        return resolve(dotted(name), self._imports) in _DECORATORS

    def _runs(self, name: str) -> bool:
        receiver, _, method = name.rpartition(".")
        return method in _RUN and receiver in self._instruments

    def _between(self, code: Code) -> None:
        """From where something that measures is started to where it is stopped."""
        marks: list[tuple[int, bool]] = []
        for call in code.calls:
            full = _full(call.name, self._imports)
            ours = call.receiver in self._instruments
            if full in _STARTS and not _switches_off(call.node):
                marks.append((call.line, True))
            elif full in _STOPS or full in _STARTS or (ours and call.method in _END):
                marks.append((call.line, False))
            elif ours and call.method in _BEGIN:
                marks.append((call.line, True))
        last = max((node.end_lineno or node.lineno for node in code.tree.body), default=0)
        start: int | None = 1 if marks and not min(marks)[1] else None
        for line, begins in sorted(marks):
            if begins and start is None:
                start = line
            elif not begins and start is not None:
                self.lines.update(range(start, line + 1))
                start = None
        if start is not None:
            self.lines.update(range(start, last + 1))


def _switches_off(call: ast.Call) -> bool:
    """``_record_memory_history(enabled=None)``."""
    values = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "enabled")]
    return any(isinstance(each, ast.Constant) and not each.value for each in values)


def _mentioned(call: ast.Call) -> Iterator[str]:
    """Names in the arguments, those in the texts of statements among them."""
    for argument in [*call.args, *(word.value for word in call.keywords)]:
        for node in ast.walk(argument):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from (a or b for a, b in _CALLED.findall(node.value))


def lines_of(node: ast.expr | ast.stmt) -> set[int]:
    """All lines that a node stands on."""
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
