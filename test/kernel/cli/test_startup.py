"""The command starts without what it does not use."""

from __future__ import annotations

import subprocess
import sys


def test_no_grammar_is_built() -> None:
    code = (
        "import sys\n"
        "from jupyterlab_torchprof.cli import main\n"
        "status = main(['compare', 'a.json', 'b.json'])\n"
        "built = [name for name in sys.modules if name.startswith('rfc3987_syntax')]\n"
        "print(status, 'nbformat' in sys.modules, built)\n"
        "import nbformat\n"
        "notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('x = 1')])\n"
        "nbformat.validate(notebook)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "2 True []\n"
