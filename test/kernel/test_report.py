"""The HTML report: what is in it, and what can never get out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_torchprof.deliver import report
from jupyterlab_torchprof.deliver.report import ReportError, render_report
from jupyterlab_torchprof.deliver.summary import static_summary
from jupyterlab_torchprof.document import DocumentError, decode_session
from jupyterlab_torchprof.record import SCHEMA_VERSION

GOLDEN = Path(__file__).parents[1] / "unit" / "fixtures" / "summary"
HOSTILE = "</script><script>hurt()</script><img src=x onerror=hurt()>\u202e\u2028\u2029"


class Page(HTMLParser):
    """The elements of a page, as a browser finds them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    def scripts(self, **attributes: str) -> list[str]:
        """The texts of the scripts that have exactly these attributes."""
        found = [attrs for tag, attrs in self.tags if tag == "script"]
        return [
            text
            for attrs, text in zip(found, self.texts["script"], strict=True)
            if attrs == attributes
        ]

    def session(self) -> Any:
        """The document in the page."""
        (text,) = self.scripts(type="application/json", id="torchprof-session")
        return json.loads(text)


def session(**changes: Any) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": {"extension": "0.1.0", "python": "3.11.2", "platform": "Linux"},
        "cells": [],
    } | changes


def hostile() -> dict[str, Any]:
    text = HOSTILE + "A" * (1 << 20)
    cell = {
        "run_id": text,
        "cell_id": None,
        "execution_count": 1,
        "source": text,
        "source_hash": "0" * 64,
        "started_at": 0.0,
        "duration_s": 1.0,
        "status": "error",
        "error": {"name": text, "message": text},
        "advice": [
            {
                "rule": text,
                "severity": "high",
                "cell_id": None,
                "title": text,
                "explanation": text,
                "evidence": [text],
            }
        ],
    }
    return session(cells=[cell], notebook=HOSTILE)


def render(document: dict[str, Any], title: str | None = None) -> str:
    return render_report(json.dumps(document).encode(), title=title)


@pytest.fixture(scope="module")
def page() -> str:
    return render_report((GOLDEN / "session.json").read_bytes())


def test_carries_the_whole_session(page: str) -> None:
    document = json.loads((GOLDEN / "session.json").read_text("utf-8"))
    assert Page(page).session() == {**document, "schema_version": SCHEMA_VERSION}


def test_keeps_what_a_newer_version_added() -> None:
    document = session(schema_version="2.9", novelty={"x": [1, 2]})
    assert Page(render(document)).session() == document


def test_is_titled_after_the_notebook_unless_told_otherwise(page: str) -> None:
    assert Page(page).texts["title"] == ["a <b>.ipynb"]
    assert Page(render(session(), title="mine")).texts["title"] == ["mine"]
    assert Page(render(session())).texts["title"] == ["PyTorch profile"]


def test_lets_nothing_of_a_hostile_session_out() -> None:
    document = hostile()
    page = Page(render(document))
    assert page.session() == document
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe", "link", "object", "base"})
    assert len(page.scripts()) == len(Page(render(session())).scripts())
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]


def test_takes_no_mark_in_the_data_for_its_own() -> None:
    document = session(notebook=r"\g<0> <!--torchprof:summary-->")
    page = Page(render(document))
    assert page.session() == document
    assert page.texts["title"] == [document["notebook"]]


def test_survives_halves_of_characters() -> None:
    text = '{"schema_version": SCHEMA_VERSION, "notebook": "\\ud83d", "environment": '
    text += '{"extension": "", "python": "", "platform": ""}}'
    try:
        page = render_report(text)
    except DocumentError:
        return  # as msgspec reads it, this is no text at all
    page.encode("utf-8")


def test_allows_its_own_scripts_and_nothing_else(page: str) -> None:
    parsed = Page(page)
    (policy,) = (
        attrs["content"] or ""
        for tag, attrs in parsed.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules
    hashes = {
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in parsed.scripts()
    }
    assert set(rules["script-src"].split()) == hashes
    assert len(hashes) == 2


def test_refers_to_nothing_outside(page: str) -> None:
    for tag, attrs in Page(page).tags:
        assert not {"src", "href", "srcset", "action", "data"} & attrs.keys(), (tag, attrs)
    (style,) = Page(page).texts["style"]
    assert "@import" not in style
    assert not re.search(r"url\((?!['\"]?data:)", style)


def test_keeps_the_licences_of_what_it_bundles(page: str) -> None:
    (notices,) = Page(page).scripts(type="text/plain", id="torchprof-licences")
    for package in ("plotly.js", "react-dom", "@plotly/d3", "d3-format", "culori"):
        assert re.search(rf"^\s*{package} [\d.]+ \(\S+\)$", notices, re.MULTILINE), package
    assert "Permission is hereby granted" in notices


def test_summary_is_what_the_front_end_writes() -> None:
    document = decode_session((GOLDEN / "session.json").read_bytes())
    golden = (GOLDEN / "summary.html.txt").read_text("utf-8").rstrip("\n")
    assert static_summary(document.session, 'a <b> & "c"') == golden


def test_summary_stays_small() -> None:
    cell = hostile()["cells"][0] | {"source": "A" * 10_000, "advice": [], "error": None}
    document = decode_session(json.dumps(session(cells=[cell | {"run_id": ""}] * 300)))
    text = static_summary(document.session, "long")
    assert len(text) < 100_000
    assert "100 more runs are in this file." in text


def test_refuses_what_is_no_session() -> None:
    with pytest.raises(DocumentError):
        render_report(b"[]")


def test_says_how_to_build_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_SHELL", "assets/missing.txt")
    report._shell.cache_clear()
    try:
        with pytest.raises(ReportError, match="npm run build:report"):
            render(session())
    finally:
        report._shell.cache_clear()
