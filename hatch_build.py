"""Build the front end before the Python package is put together."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OUTPUTS = (
    "python_ext/jupyterlab_torchprof/labextension/package.json",
    "python_ext/jupyterlab_torchprof/deliver/assets/report-shell.txt",
)


class FrontEndBuildHook(BuildHookInterface):
    """Run npm, unless an unpacked sdist or the development set-up has done it already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the labextension and the report's assets."""
        root = Path(self.root)
        built = all((root / output).is_file() for output in OUTPUTS)
        unpacked_sdist = (root / "PKG-INFO").is_file()
        if built and (unpacked_sdist or version == "editable"):
            return
        npm = shutil.which("npm")
        if npm is None:
            message = "npm was not found: install Node.js 20 or newer to build the front end."
            raise RuntimeError(message)
        if not (root / "node_modules").is_dir():
            subprocess.run([npm, "ci"], cwd=root, check=True)
        subprocess.run([npm, "run", "build:prod"], cwd=root, check=True)
