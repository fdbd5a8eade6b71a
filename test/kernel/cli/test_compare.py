"""``jupyter torchprof compare``, as a build would call it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_torchprof.record import SCHEMA_VERSION

SHARED = Path(__file__).parents[2] / "unit" / "fixtures" / "compare"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for name in ("a.json", "b.json"):
        shutil.copy(SHARED / name, tmp_path / name)
    return "a.json", "b.json"


def test_a_table_of_what_differs(run, files) -> None:
    done = run("compare", *files)

    assert done.status == 0, done.err
    assert done.err == ""
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(re.match(r"\[4\]\*\s+train\(model, amp=True\)\s+6\.25 s\s+.43%", x) for x in lines)
    assert any(re.match(r"\[6\]\*\s+plot\(b\)\s+500 ms\s+error", line) for line in lines)
    assert "Only in A: [7] print(1)" in lines
    assert any(line.startswith("Suggestion gone: [5] no-grad-inference: ") for line in lines)
    assert "Only in B: [10] print(2)" in lines
    assert any(
        re.match(r"highest peak, cuda:0\s+3\.91 GiB\s+→\s+2\.44 GiB\s+.38%", x) for x in lines
    )


def test_exit_status_for_a_build(run, files) -> None:
    first, second = files
    within = run("compare", first, second, "--fail-on", "cell.kept>+10%")
    assert within.status == 1  # a cell of B failed: it cannot be compared
    assert "[6]: a cell did not run to its end." in within.out

    same = run("compare", first, first, "--fail-on", "peak>+0%,time>+0%,advice>+0")
    assert same.status == 0
    assert same.out.splitlines()[-1] == "Within the limits."

    worse = run("compare", second, first, "--fail-on", "peak[cuda:0]>+50%")
    assert worse.status == 1
    assert "peak[cuda:0]>+50% could not be checked: a cell did not run to its end." in worse.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("a.json", "missing.json"), "'missing.json' cannot be read"),
        (("a.json", "broken.json"), "'broken.json' is no session document"),
        (("a.json", "b.json", "--fail-on", "peek>+10%"), "a session has no 'peek'"),
        (("a.json", "b.json", "--fail-on", "peak>+10"), "lacks a unit"),
        (("a.json", "b.json", "--html", "nowhere/report.html"), "nowhere"),
    ],
)
def test_bad_input_is_refused_before_anything_is_done(run, files, tmp_path, arguments, told):
    (tmp_path / "broken.json").write_text("{}", encoding="utf-8")

    done = run("compare", *arguments)

    assert done.status == 2
    assert told in done.err
    assert done.out == ""


def as_of_today(name: str) -> Any:
    """A fixture in today's format: it has no lines of events."""
    document = json.loads((SHARED / name).read_text(encoding="utf-8"))
    return {**document, "schema_version": SCHEMA_VERSION}


def test_a_report_of_both(run, files, tmp_path) -> None:
    done = run("compare", *files, "--html", "report.html")

    assert done.status == 0, done.err
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = re.search(r'id="torchprof-baseline">\s*(\{.*?\})\s*</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == as_of_today("a.json")
    found = re.search(r'id="torchprof-session">\s*(\{.*?\})\s*</script>', page, re.DOTALL)
    assert found is not None
    assert json.loads(found[1]) == as_of_today("b.json")


def test_text_of_strangers_does_no_harm(run, files, tmp_path) -> None:
    document = json.loads((SHARED / "a.json").read_text(encoding="utf-8"))
    document["cells"][0]["source"] = "\x1b[31mred\x07 \u202etxet"
    document["environment"]["torch"] = "2\x1b]0;title\x07"
    (tmp_path / "evil.json").write_text(json.dumps(document), encoding="utf-8")

    done = run("compare", "a.json", "evil.json")

    assert done.status == 0
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", done.out)


def test_source_is_left_out_of_table_and_report(run, files) -> None:
    done = run("compare", *files, "--html", "report.html", "--no-source")

    assert done.status == 0, done.err
    page = (done.folder / "report.html").read_text("utf-8")
    for text in (done.out, page):
        assert "train(model, amp=True)" not in text
        assert "print(1)" not in text
    assert page.count('"source_left_out":true') == 2
