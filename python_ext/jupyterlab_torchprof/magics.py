"""The magic: ``%torchprof`` and ``%%torchprof``."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import Any

import msgspec
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import no_var_expand

from .deep_options import read_options
from .deliver.display import show
from .document import encode_any
from .files import write_whole
from .messages import RunAction
from .probes.torch_import import imported_torch
from .quote import visible
from .record import Session
from .session import Profiler
from .source import ALIAS, MAGIC

_SUFFIXES = (".html", ".htm", ".json")


class ProfilerMagic:
    """One magic of one shell."""

    def __init__(self, profiler: Profiler, name: str) -> None:
        """``name``: what `free_name` found."""
        self._profiler = profiler
        self._shell: Any = profiler.shell
        self._name = name
        self._function: Any = None

    @staticmethod
    def free_name(shell: InteractiveShell) -> str:
        """`MAGIC`, or `ALIAS` with a warning where somebody else has taken that."""
        magics = shell.magics_manager.magics
        if MAGIC not in magics["line"] and MAGIC not in magics["cell"]:
            return MAGIC
        warnings.warn(
            f"There is another magic of the name %{MAGIC}; it stays as it is. "
            f"The one of jupyterlab-torchprof is %{ALIAS} and %%{ALIAS} here.",
            stacklevel=4,
        )
        return ALIAS

    def register(self) -> None:
        """Make the magic known to the shell."""
        self._function = self._make()
        self._shell.register_magic_function(self._function, "line_cell", self._name)

    def remove(self) -> None:
        """Take it away again, unless somebody has replaced it."""
        for known in self._shell.magics_manager.magics.values():
            if known.get(self._name) is self._function:
                del known[self._name]

    def _make(self) -> Any:
        """The function whose docstring ``%torchprof?`` shows."""

        @no_var_expand
        def torchprof(line: str, cell: str | None = None) -> Any:
            """See where your tensors live and what a cell costs.

            ``%torchprof``
                Show what was measured in the last cell, and whether the profiler is on.

            ``%torchprof on`` / ``%torchprof off``
                Profile the cells that start from now on, or don't. On is the default.

            ``%torchprof report FILE [--no-source]``
                Write the whole session: ``FILE.html`` is a report that needs no network,
                ``FILE.json`` the session itself (``jupyter torchprof report`` and ``compare``
                read it). ``--no-source`` leaves out the source of your cells and what quotes
                it; names of variables and messages of errors stay.

            ``%torchprof doctor``
                Check PyTorch's build against the driver and the devices, and say what to do.
                It looks in a process of its own, so this kernel starts no device for it.

            ``%torchprof free``
                List what keeps memory without need. ``%torchprof free outputs`` (or ``Out[5]``),
                ``free traceback``, ``free cache`` and ``free NAME…`` let go of it.

            ``%torchprof STATEMENT``
                Run one statement, measure it by itself and show the result.
                The value of an expression is returned: ``out = %torchprof model(x)``.

            ``%%torchprof``
                On top of a cell: profile it, also while the profiler is off, and show the
                result below it. The cell runs as it would without the line: it may await,
                use magics and display its last expression.

            ``%%torchprof --deep [--steps N]``
                Record a few whole steps of the cell's loop in depth (5, after 3 that warm up):
                PyTorch's operators, and the lines and modules that they belong to, backwards
                too. A cell without a loop that trains is recorded from its beginning on, for
                ten seconds at most. Results are not changed.
            """
            if cell is not None:
                return self._run_cell(line, cell)
            return self._run_line(line.strip())

        return torchprof

    def _run_line(self, line: str) -> Any:
        command, _, rest = line.partition(" ")
        if not line:
            self._show_last()
        elif line in ("on", "off"):
            self._profiler.switch(line == "on")
            print(f"The profiler is {line}.")
        elif command == "free" and not rest.lstrip().startswith(("=", "(", "[", ".")):
            print(visible(self._free(rest.split())))
        elif line == "doctor":
            print(visible(_examine()))
        elif command == "report" and not rest.lstrip().startswith(("=", "(", "[", ".")):
            self._write_report(rest.strip())
        else:
            return self._run_statement(line)
        return None

    def _run_cell(self, line: str, cell: str) -> None:
        """Run a cell whose first line was no mark.

        That is so if it has arguments, or if another magic handed the cell over.
        """
        if line.strip() and read_options(f" {line.strip()}") is None:
            raise UsageError(
                f"%%{self._name} takes no arguments but --deep [--steps N];"
                f" %{self._name}? says more."
            )
        self._shell.run_cell(f"%%{self._name} {line.strip()}\n{cell}").raise_error()

    def _show_last(self) -> None:
        record = self._profiler.history.last()
        print(self._status())
        show(self._shell, self._profiler.session([] if record is None else [record]))

    def _status(self) -> str:
        torch = imported_torch()
        return ", ".join(
            (
                f"The profiler is {'on' if self._profiler.enabled else 'off'}",
                f"runs kept: {len(self._profiler.history.records())}",
                "PyTorch is not imported" if torch is None else f"PyTorch {torch.__version__}",
            )
        )

    def _free(self, targets: list[str]) -> str:
        from .actions.command import ask, overview

        if not targets:
            session = self._profiler.session()
            return overview(session.memory_now, f"%{self._name} free", session.cells)
        try:
            action = ask(self._shell, targets)
        except ValueError as error:
            raise UsageError(str(error)) from error
        request = RunAction(request_id="", action=action)
        return self._profiler.act(request, inside_a_cell=True).message

    def _write_report(self, rest: str) -> None:
        file, no_source = _without_option(rest, "--no-source")
        expanded = self._shell.var_expand(file.strip("\"'"))
        path = Path(expanded).expanduser()
        if not expanded or path.suffix.lower() not in _SUFFIXES:
            raise UsageError(
                f"%{self._name} report FILE [--no-source]: FILE ends in .html or .json"
            )
        from .deliver.report import ReportError

        try:
            write_whole(path, _report(self._profiler.document(), path, no_source=no_source))
        except (OSError, ReportError) as error:
            raise UsageError(f"The report cannot be written: {error}") from error
        print(visible(f"Report written to {path}"))

    def _run_statement(self, statement: str) -> Any:
        shell = self._shell
        source = shell.transform_cell(statement)
        filename = shell.compile.cache(source, shell.execution_count, raw_code=statement)
        tree = shell.transform_ast(shell.compile.ast_parse(source, filename))
        value: Any = None
        is_value = len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr)
        try:
            if is_value:
                code = shell.compile(ast.Expression(tree.body[0].value), filename, "eval")
            else:
                code = shell.compile(tree, filename, "exec")
        except SyntaxError as error:
            if "await" not in statement:
                raise
            raise UsageError(
                f"%{self._name} STATEMENT cannot await; put %%{self._name} on top of the cell."
            ) from error

        def work() -> None:
            nonlocal value
            if is_value:
                value = eval(code, shell.user_global_ns, shell.user_ns)
            else:
                exec(code, shell.user_global_ns, shell.user_ns)

        record, raised = self._profiler.measure(statement, filename, work)
        show(shell, self._profiler.session([record]))
        if raised is not None:
            raise raised
        return value


def _examine() -> str:
    from .doctor.checks import judge
    from .doctor.facts import ExamineError, examine
    from .doctor.text import render

    try:
        return render(judge(examine()))
    except ExamineError as error:
        raise UsageError(str(error)) from error


def _without_option(text: str, option: str) -> tuple[str, bool]:
    """What is left of a line when an option, which may stand before or behind, is taken out."""
    for rest in (text.removeprefix(f"{option} "), text.removesuffix(f" {option}")):
        if rest != text:
            return rest.strip(), True
    return text, False


def _report(session: Session, path: Path, *, no_source: bool) -> bytes:
    data = encode_any(session)
    if no_source:
        from .deliver.redact import leave_source_out

        data = msgspec.json.encode(leave_source_out(msgspec.json.decode(data)))
    if path.suffix.lower() == ".json":
        return data
    from .deliver.report import render_report

    return render_report(data).encode()
