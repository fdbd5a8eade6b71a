"""Runs a script as a rank: ``torchrun … -m jupyterlab_torchprof.rank train.py …``."""

from __future__ import annotations

import sys

from .script import USAGE, Script, run

if __name__ == "__main__":
    script = Script.of(sys.argv[1:])
    if script is None:
        print(USAGE, file=sys.stderr)
        raise SystemExit(2)
    run(script)
