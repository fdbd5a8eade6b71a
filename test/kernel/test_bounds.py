"""The oldest versions are said in one place, and elsewhere the same.

``pyproject.toml`` says which IPython, ``package.json`` which JupyterLab, ``torch_version`` which
PyTorch; ``npm run test:oldest`` and ``npm run test:versions`` run the oldest.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from jupyterlab_torchprof.probes.torch_version import OLDEST

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def found(pattern: str, path: str) -> str:
    match = re.search(pattern, (ROOT / path).read_text("utf-8"))
    assert match is not None, f"{path} does not say {pattern}"
    return match.group(1)


def dependency(name: str) -> str:
    """The oldest minor version of an npm package that will do."""
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    match = re.fullmatch(r"\^(\d+\.\d+)\.0", package["dependencies"][name])
    assert match is not None
    return match.group(1)


def test_ipython():
    oldest = found(r'"ipython>=([\d.]+)"', "pyproject.toml")
    assert found(r"OLDEST_IPYTHON = '([\d.]+)'", "src/kernel/loader.ts") == oldest
    assert f"IPython {oldest} or newer" in README


def test_pytorch():
    oldest = ".".join(map(str, OLDEST))
    assert f"PyTorch {oldest} or newer" in README


def test_jupyterlab():
    oldest = dependency("@jupyterlab/application")
    assert found(r"jupyterlab==([\d.]+)\.\*", "scripts/test-oldest.mjs") == oldest
    notebook = found(r"notebook==([\d.]+)\.\*", "scripts/test-oldest.mjs")
    assert f"JupyterLab {oldest} or Notebook {notebook} or newer" in README


def test_packages_of_jupyterlab_are_of_its_oldest_version():
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    own = {"apputils": "4.1", "coreutils": "6.0", "rendermime-interfaces": "3.8", "services": "7.0"}
    for name in package["dependencies"]:
        scope, _, short = name.partition("/")
        if scope == "@jupyterlab":
            oldest = own.get(short, dependency("@jupyterlab/application"))
            assert dependency(name) == oldest, name


def test_the_bundle_asks_for_no_newer_jupyterlab():
    folder = ROOT / "python_ext/jupyterlab_torchprof/labextension/static"
    (entry,) = folder.glob("remoteEntry.*.js")
    asked = re.findall(
        r'shareKey:"(@jupyterlab/[\w-]+)",import:null,requiredVersion:"\^([\d.]+)\.\d+"',
        entry.read_text("utf-8"),
    )
    assert len(asked) > 5
    for name, version in asked:
        assert version == dependency(name), name
