"""Golden cases of the wrap fix."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "golden" / "no_grad"


@dataclass
class Golden:
    """A folder with ``in.py``, ``out.py`` or ``refused.txt``, and perhaps ``options.json``.

    The forwards are on the lines that say so in a comment, or that the options name.
    """

    folder: Path

    def _read(self, name: str) -> str:
        return (self.folder / name).read_bytes().decode()

    @property
    def source(self) -> str:
        return self._read("in.py")

    @property
    def fixed(self) -> str:
        return self._read("out.py")

    @property
    def reason(self) -> str:
        return self._read("refused.txt").strip()

    @property
    def _options(self) -> dict:
        path = self.folder / "options.json"
        return json.loads(path.read_text()) if path.exists() else {}

    @property
    def torch_name(self) -> str | None:
        return self._options.get("torch_name", "torch")

    @property
    def lines(self) -> list[int]:
        lines = self.source.split("\n")
        marked = [number for number, line in enumerate(lines, 1) if "# forward" in line]
        return self._options.get("lines", marked)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per folder for the arguments ``fixable`` and ``refused``."""
    for argument, result in (("fixable", "out.py"), ("refused", "refused.txt")):
        if argument in metafunc.fixturenames:
            cases = [Golden(path.parent) for path in sorted(FOLDER.glob(f"*/{result}"))]
            assert cases, f"no golden cases with {result}"
            metafunc.parametrize(argument, cases, ids=[case.folder.name for case in cases])
