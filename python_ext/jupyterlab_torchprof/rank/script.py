"""A script that a launcher has started as a rank: run as Python would, and measured."""

from __future__ import annotations

import builtins
import importlib.util
import io
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, NoReturn

from .. import clocks
from ..probes.devices import Devices
from ..probes.exceptions import set_traceback, traceback_of
from ..ranks.gather import Gather
from ..ranks.stream import RankOptions
from ..record import CellRecord, RankRun, Status
from ..session_file import advised, say, write_session
from ..source import source_hash
from .meeting import Meeting
from .outcome import is_success
from .variables import number_in

if TYPE_CHECKING:
    from .process import RankMeasurement

USAGE = """\
usage: torchrun … -m jupyterlab_torchprof.rank [--folder FOLDER] SCRIPT [ARGUMENT…]
       torchrun … -m jupyterlab_torchprof.rank [--folder FOLDER] -m MODULE [ARGUMENT…]
Runs it as Python would. The first rank of each machine, or one that fails, writes
NAME.torchprof.json into the working directory, NAME being that of the script.
--folder: a folder that all machines see; the first rank of all then writes one session of all."""
_PATIENCE_S = 10.0
"""That the first rank waits for the others to end."""
_HZ = 10.0


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be run."""

    path: str
    """Of the file."""
    arguments: list[str]
    module: str | None = None
    """Name of the module, where it was asked for by that."""
    shared: Path | None = None
    """A folder that all machines see; ``None``: each machine has a session of its own."""

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Script | None:
        """As Python's own command line has it; ``None``: nothing is asked for, or there is none."""
        if arguments and arguments[0] == "--folder":
            script = cls.of(arguments[2:]) if len(arguments) > 2 else None
            return None if script is None else replace(script, shared=Path(arguments[1]))
        if len(arguments) >= 2 and arguments[0] == "-m":
            name = arguments[1]
            try:
                spec = importlib.util.find_spec(name)
                if spec is not None and spec.submodule_search_locations is not None:
                    spec = importlib.util.find_spec(f"{name}.__main__")
            except ImportError:
                return None
            if spec is None or spec.origin is None:
                return None
            return cls(spec.origin, [*arguments[2:]], spec.name)
        if not arguments or not Path(arguments[0]).is_file():
            return None
        return cls(arguments[0], [*arguments[1:]])

    @property
    def line(self) -> str:
        """The command that it stands for."""
        what = self.path if self.module is None else f"-m {self.module}"
        return " ".join(["python", what, *self.arguments])

    @property
    def result(self) -> Path:
        """The file that the session goes to."""
        name = Path(self.path).stem if self.module is None else self.module.split(".")[0]
        return Path(f"{name}.torchprof.json")


def run(script: Script) -> None:
    """Run it as ``__main__``. What it raises goes on, without our frames."""
    module = _main(script)
    try:
        code = _compiled(script)
    except SyntaxError as failure:
        _raise(failure, None)
    meeting, measurement = _begun(script, module)
    error: BaseException | None = None
    try:
        exec(code, module.__dict__)
    except BaseException as raised:
        error = raised
    if meeting is not None and measurement is not None:
        measurement.end(error)
        try:
            _write(script, meeting, has_failed=not is_success(error))
        except Exception as failure:  # the script's own outcome goes first
            say(f"no session was written: {failure!r}")
    if error is not None:
        _raise(error, code)


def _begun(script: Script, module: ModuleType) -> tuple[Meeting | None, RankMeasurement | None]:
    """Where the ranks meet and the measurement; nothing of it where it could not begin."""
    try:
        from .process import RankMeasurement

        shared = script.shared
        meeting = Meeting.on_this_machine() if shared is None else Meeting.of_all_machines(shared)
        options = RankOptions(
            folder=str(meeting.folder),
            cell_id=None,
            execution_count=None,
            source=script.line,
            start_method="command",
            processes=meeting.count,
            sampling_hz=_HZ,
            launch=number_in("TORCHELASTIC_RESTART_COUNT", 0),
        )
        index = number_in("LOCAL_RANK" if shared is None else "RANK", 0)
        return meeting, RankMeasurement(options, index, module.__dict__)
    except Exception as failure:
        say(f"this rank is not measured: {failure!r}")
        return None, None


def _main(script: Script) -> ModuleType:
    module = ModuleType("__main__")
    module.__dict__.update(__file__=str(Path(script.path).absolute()), __builtins__=builtins)
    if script.module is not None:
        module.__spec__ = importlib.util.find_spec(script.module)
        module.__package__ = script.module.rpartition(".")[0]
    else:
        sys.path[0] = str(Path(script.path).resolve().parent)
    sys.modules["__main__"] = module
    sys.argv = [script.path, *script.arguments]
    return module


def _compiled(script: Script) -> CodeType:
    path = str(Path(script.path).absolute())
    with io.open_code(path) as file:
        return compile(file.read(), path, "exec", dont_inherit=True)  # no `annotations` of ours


def _raise(error: BaseException, code: CodeType | None) -> NoReturn:
    """Raise it as if nobody had been around the script: by Python's own hook, if one is asked."""
    traceback = traceback_of(error)
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    set_traceback(error, traceback)
    if issubclass(type(error), SystemExit | KeyboardInterrupt):
        raise error
    sys.excepthook(type(error), error, traceback)
    raise SystemExit(1)


def _write(script: Script, meeting: Meeting, *, has_failed: bool) -> None:
    """The session of all ranks, by the first of them, or by one that has failed."""
    is_first = meeting.is_first
    if not is_first and not has_failed:
        return
    gather = Gather(meeting.folder, meeting.since)
    until = clocks.perf_counter() + _PATIENCE_S
    nap = threading.Event()
    gather.read()
    while is_first and not has_failed and clocks.perf_counter() < until:
        if gather.ended() >= meeting.count:
            break
        nap.wait(0.05)
        gather.read()
    record = advised(_record(script, gather.runs({})))
    if write_session(script.result, record, Devices()):
        say(f"wrote {script.result}")
    if is_first:
        gather.close()


def _record(script: Script, runs: list[RankRun]) -> CellRecord:
    """What stands for a cell: the command, and its ranks."""
    starts = [run.record.started_at for run in runs]
    ends = [run.record.started_at + run.record.duration_s for run in runs]
    failed = [run for run in runs if run.exit not in ("ok", "running")]
    failed.sort(key=lambda run: run.last_seen_at)  # the others fail since the first one did
    status: Status = "error" if failed else "ok"
    return CellRecord(
        run_id=runs[0].record.run_id,
        cell_id=None,
        execution_count=None,
        source=script.line,
        source_hash=source_hash(script.line),
        started_at=min(starts),
        duration_s=max(ends) - min(starts),
        status=status,
        error=next((run.record.error for run in failed if run.record.error), None),
        torch=runs[0].record.torch,
        ranks=runs,
    )
