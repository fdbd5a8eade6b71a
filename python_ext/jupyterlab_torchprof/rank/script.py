"""A script that a launcher has started as a rank: run as Python would, and measured."""

from __future__ import annotations

import builtins
import importlib.util
import io
import os
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, NoReturn

from .. import clocks
from ..probes.devices import Devices
from ..probes.exceptions import set_traceback, traceback_of
from ..ranks.folders import folder_name, remove_left, user_id
from ..ranks.gather import Gather
from ..ranks.stream import RankOptions
from ..record import CellRecord, RankRun, Status
from ..session_file import advised, say, write_session
from ..source import source_hash
from .outcome import is_success
from .variables import number_in

if TYPE_CHECKING:
    from .process import RankMeasurement

USAGE = """\
usage: torchrun … -m jupyterlab_torchprof.rank SCRIPT [ARGUMENT…]
       torchrun … -m jupyterlab_torchprof.rank -m MODULE [ARGUMENT…]
Runs it as Python would. The first rank of each machine, or one that fails, writes
NAME.torchprof.json into the working directory, NAME being that of the script."""
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

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Script | None:
        """As Python's own command line has it; ``None``: nothing is asked for, or there is none."""
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
    folder, measurement = _begun(script, module)
    error: BaseException | None = None
    try:
        exec(code, module.__dict__)
    except BaseException as raised:
        error = raised
    if folder is not None and measurement is not None:
        measurement.end(error)
        try:
            _write(script, folder, has_failed=not is_success(error))
        except Exception as failure:  # the script's own outcome goes first
            say(f"no session was written: {failure!r}")
    if error is not None:
        _raise(error, code)


def _begun(script: Script, module: ModuleType) -> tuple[Path | None, RankMeasurement | None]:
    """The folder of frames and the measurement; nothing of it where it could not begin."""
    try:
        from .process import RankMeasurement

        remove_left()
        folder = _folder()
        options = RankOptions(
            folder=str(folder),
            cell_id=None,
            execution_count=None,
            source=script.line,
            start_method="command",
            processes=number_in("LOCAL_WORLD_SIZE", 1),
            sampling_hz=_HZ,
            launch=number_in("TORCHELASTIC_RESTART_COUNT", 0),
        )
        return folder, RankMeasurement(options, number_in("LOCAL_RANK", 0), module.__dict__)
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


def _folder() -> Path:
    """That of the ranks of this machine: those that one process has started.

    Raises PermissionError if it is somebody else's.
    """
    name = folder_name(os.getppid(), os.environ.get("MASTER_PORT", "0"))
    folder = Path(tempfile.gettempdir(), name)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != user_id()):
        raise PermissionError(f"{folder} belongs to somebody else; remove it, or set TMPDIR")
    return folder


def _write(script: Script, folder: Path, *, has_failed: bool) -> None:
    """The session of all ranks, by the first of them, or by one that has failed."""
    is_first = number_in("LOCAL_RANK", 0) == 0
    if not is_first and not has_failed:
        return
    gather, until = Gather(folder), clocks.perf_counter() + _PATIENCE_S
    nap = threading.Event()
    gather.read()
    while is_first and not has_failed and clocks.perf_counter() < until:
        if gather.ended() >= number_in("LOCAL_WORLD_SIZE", 1):
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
