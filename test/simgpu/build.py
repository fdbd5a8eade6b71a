"""Builds the simulated accelerator, once per source, compiler options and PyTorch."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import torch

_HERE = Path(__file__).parent
_BUILT = _HERE / "build"
_OPTIONS = ("-std=c++20", "-O0", "-shared", "-fPIC", "-Wno-interference-size")


class CannotBuild(RuntimeError):
    """The simulated accelerator cannot be built on this machine."""


def library() -> Path:
    """The shared library, built now (under a minute) if it is not there yet."""
    built = _BUILT / f"libsimgpu-{_key()}.so"
    if not built.exists():
        _BUILT.mkdir(exist_ok=True)
        unfinished = built.with_suffix(f".{os.getpid()}")
        try:
            _compile(unfinished)
            unfinished.replace(built)
        finally:
            unfinished.unlink(missing_ok=True)
    return built


def _key() -> str:
    key = hashlib.sha256()
    for part in (torch.__version__, torch.__file__, *_OPTIONS):
        key.update(part.encode())
    for source in sorted([*_HERE.glob("*.h"), *_HERE.glob("*.cpp")]):
        key.update(source.read_bytes())
    return key.hexdigest()[:16]


def _compile(target: Path) -> None:
    compiler = os.environ.get("CXX") or shutil.which("g++")
    if compiler is None:
        raise CannotBuild(
            "Tests on the simulated accelerator need a C++ compiler, and there is no g++. "
            "On Debian or Ubuntu: apt-get install g++. Or name another one in CXX."
        )
    root = Path(torch.__file__).parent
    command = [
        compiler,
        *_OPTIONS,
        f"-I{root / 'include'}",
        f"-I{root / 'include/torch/csrc/api/include'}",
        str(_HERE / "simgpu.cpp"),
        "-o",
        str(target),
        f"-L{root / 'lib'}",
        "-lc10",
        "-ltorch_cpu",
        f"-Wl,-rpath,{root / 'lib'}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{compiler} could not build the simulated accelerator:\n{done.stderr}")
