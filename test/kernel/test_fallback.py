"""What an output of ``%%torchprof`` is where the extension is not: exported, and in a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

HARM = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"

SOURCES = [
    "%load_ext jupyterlab_torchprof\nimport torch\nmodel = torch.nn.Linear(64, 64)",
    "%%torchprof\nkept = [model(torch.ones(4, 64)) for _ in range(3)]",
    f"%%torchprof\n'{HARM}'; raise ValueError('{HARM}')",
]


@pytest.fixture(scope="module")
def notebook():
    """A notebook that ran, with two outputs of ours."""
    document = nbformat.v4.new_notebook()
    document.cells = [nbformat.v4.new_code_cell(source) for source in SOURCES]
    NotebookClient(document, kernel_name="python3", allow_errors=True, timeout=120).execute()
    return document


def bundles(document) -> list[dict[str, str]]:
    return [
        output["data"]
        for cell in document.cells
        for output in cell.outputs
        if "data" in output and any("torchprof" in kind for kind in output["data"])
    ]


class Page(HTMLParser):
    """Tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._quiet = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._quiet = False

    def handle_data(self, data):
        if not self._quiet:
            self.text += data


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_exported_to_html_it_reads_well_and_runs_nothing(notebook, theme):
    page, _ = HTMLExporter(theme=theme).from_notebook_node(notebook)
    shown = Page(page)
    for words in (
        "[2] kept = [model(torch.ones(4, 64)) for _ in range(3)]",
        "before",
        "change",
        "3 forwards with gradients",
        "model (Linear)",
        "The profiler took",
        "ValueError on line 2",
    ):
        assert words in shown.text
    # Everything that came from the program is text: the source, our output, the traceback.
    assert HARM in shown.text
    assert not [attributes for _, attributes in shown.tags if "onerror" in attributes]
    for html in (bundle["text/html"] for bundle in bundles(notebook)):
        assert Page(html).text in shown.text
        assert "<script" not in html
    # Both themes of the export: no colour is fixed, but the one of advice.
    for html in (bundle["text/html"] for bundle in bundles(notebook)):
        assert "color: inherit" in html
        assert "background" not in html


def test_where_styles_are_stripped_it_reads_well(notebook):
    for bundle in bundles(notebook):
        plain = re.sub(r' style="[^"]*"', "", bundle["text/html"])
        # Blocks and rows, not one long line.
        assert plain.count("<tr>") + plain.count("<div>") >= 6
        assert {tag for tag, _ in Page(plain).tags} <= {
            "div", "span", "code", "table", "tr", "th", "td", "bdi", "strong", "br"
        }  # fmt: skip


def test_exported_to_markdown_it_is_one_block_of_html(notebook):
    text, _ = MarkdownExporter().from_notebook_node(notebook)
    for bundle in bundles(notebook):
        html = bundle["text/html"]
        assert html in text
        # A blank line or a line break would end the block.
        assert "\n" not in html


def test_in_a_terminal_it_is_text(tmp_path):
    """IPython without a front end shows no other type."""
    cells = "\n".join(f"_ = get_ipython().run_cell({source!r})" for source in SOURCES)
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--colors=NoColor", "-c", cells],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
        env={**os.environ, "IPYTHONDIR": str(tmp_path), "PYTHONIOENCODING": "utf-8"},
    )
    shown = done.stdout[done.stdout.index("] kept = [model(torch.ones(4, 64))") :]
    assert re.search(r"^  autograd +3 forwards with gradients", shown, re.M)
    assert re.search(r"^  error +ValueError on line 2: </script><script>", shown, re.M)
    assert re.search(r"^  profiler +took", shown, re.M)
    assert not set("\x1b\x00\u202e") & set(shown)
    assert "<div" not in shown
