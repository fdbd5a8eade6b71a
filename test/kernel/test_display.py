"""Text and HTML of a session, also of one that means harm."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hand_made import a_record
from jupyterlab_torchprof.deliver.html import render_html
from jupyterlab_torchprof.deliver.remedy import place_text
from jupyterlab_torchprof.deliver.text import render_text
from jupyterlab_torchprof.quote import short
from jupyterlab_torchprof.record import (
    SCHEMA_VERSION,
    Action,
    Advice,
    Environment,
    ErrorInfo,
    Fix,
    GradState,
    HealthEntry,
    Load,
    MemoryEntry,
    Move,
    Place,
    PlacedModule,
    Placement,
    PlacementTotal,
    Prediction,
    RetainedGraph,
    Session,
    Verification,
)
from msgspec import structs

HARM = [
    "</script><script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "\"' onmouseover='alert(1)",
    "safe\u202egnp.exe\u2066\u200f",
    "half \ud800 a pair and \x00\x1b[31m",
    "a" * 1_000_000,
    "line\n" * 200_000,
]


def hostile(text: str) -> Session:
    """A session with the text wherever a text can be."""
    graph = RetainedGraph(
        variable=text,
        nodes=1,
        saved_bytes=1,
        largest_bytes=1,
        device=text,
        tensors=1,
        elements=1,
        other_leaves=False,
    )
    advice = Advice(
        rule=text,
        severity="high",
        cell_id=text,
        title=text,
        explanation=text,
        evidence=[text],
        prediction=Prediction(metric=text, before=2e9, after=1e6, unit="bytes", device=text),
        lines=[2],
        refusal=text,
        code_cell_id=text,
        actions=[Action(kind="delete_names", title=text, description=text, targets=[text])],
    )
    module = PlacedModule(
        path=text,
        class_name=text,
        training=True,
        parameters=1,
        parameter_bytes=1,
        buffer_bytes=1,
        gradient_bytes=1,
        devices={text: 4},
        offloaded={text: 4},
    )
    record = a_record(
        run_id=text,
        cell_id=text,
        source=text,
        source_hash=text,
        duration_s=1.5,
        status="error",
        error=ErrorInfo(name=text, message=text, line=3),
        memory=[
            MemoryEntry(
                device=text,
                allocated_before_bytes=1,
                allocated_after_bytes=2,
                peak_bytes=3,
                peak_is="sampled",
            )
        ],
        placement=Placement(
            totals=[PlacementTotal(device=text, dtype=text, storage_bytes=1, tensors=1)],
            modules=[module],
        ),
        grad=GradState(retained=[graph]),
        places=[Place(parent=None, kind="library", package=text)],
        moves=[
            Move(
                what=text,
                source={},
                target={text: 1},
                moved_bytes=1,
                duration_s=1.0,
                no_op=False,
                place=0,
            )
        ],
        loads=[
            Load(
                path=text,
                file_bytes=1,
                duration_s=1.0,
                map_location=text,
                weights_only=None,
                mmap=None,
                landed={text: 1},
                call=text,
                library=text,
                class_name=text,
                shards=3,
                dtypes={text: 1},
                mapped_bytes=1,
            )
        ],
        advice=[advice],
        verification=[
            Verification(
                rule=text,
                metric=text,
                predicted=None,
                measured=-5.0,
                unit="bytes",
                baseline_run_id=text,
            )
        ],
    )
    return Session(
        schema_version=SCHEMA_VERSION,
        environment=Environment(extension=text, python=text, platform=text),
        cells=[record],
        health=[HealthEntry(part=text, failures=2, message=text)],
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", HARM, ids=lambda text: ascii(text[:20]))
def test_html_is_harmless(text):
    page = render_html(hostile(text))
    page.encode("utf-8")
    assert len(page) < 20_000
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert not tags.open
    assert tags.seen <= {
        "div", "span", "code", "table", "tr", "th", "td", "bdi", "strong", "br"
    }  # fmt: skip
    assert tags.attributes == {"style"}
    assert not set("\u202e\u2066\u200f\x00\x1b") & set(page)


@pytest.mark.parametrize("text", HARM, ids=lambda text: ascii(text[:20]))
def test_text_is_short_and_harmless(text):
    shown = render_text(hostile(text))
    shown.encode("utf-8")
    assert len(shown) < 10_000
    assert not set("\u202e\u2066\u200f\x00\x1b") & set(shown)


def test_both_say_what_was_measured():
    session = hostile("thing")
    for page in (render_text(session), render_html(session)):
        assert "1.5 s" in page
        assert "on line 3" in page
        assert "1.86 GiB → 977 KiB" in page
        assert "took 0 ms" in page
    assert "peak 3 B (sampled: at least)" in render_text(session)
    assert "≥ 3 B" in render_html(session)


def test_text_is_as_wide_as_a_terminal():
    session = hostile("x")
    advice = structs.replace(session.cells[0].advice[0], explanation="Many words. " * 30)
    session.cells = [structs.replace(session.cells[0], advice=[advice])]
    lines = render_text(session).split("\n")
    assert max(len(line) for line in lines) <= 100
    [first] = [index for index, line in enumerate(lines) if "Many words." in line][:1]
    assert lines[first + 1].startswith(" " * 13 + "Many")


def test_what_stands_between_backticks_is_code():
    session = hostile("x")
    harm = "`model` and `<img src=x>` and a lone `"
    advice = structs.replace(session.cells[0].advice[0], explanation=harm)
    session.cells = [structs.replace(session.cells[0], advice=[advice])]
    tags = Tags()
    tags.feed(render_html(session))
    assert "img" not in tags.seen
    assert "model and <img src=x> and a lone `" in tags.text


def test_a_line_is_named_once():
    advice = hostile("x").cells[0].advice[0]
    assert place_text(structs.replace(advice, title="Line 2 does.", code_cell_id=None)) == ""
    assert (
        place_text(structs.replace(advice, title="Line 22 does.", code_cell_id=advice.cell_id))
        == " (line 2)"
    )
    of_module = structs.replace(advice, title="Line 2 does.", code_path="lib/own.py")
    assert place_text(of_module) == " (line 2 of lib/own.py)"


def test_short():
    assert short("a\n b") == "a b"
    assert short("abcdef", 4) == "abc…"


def test_both_say_what_to_do_about_the_first_three():
    release = Action(
        kind="release_outputs", title="Release Out[4]", description="Gone.", targets=["4"]
    )
    base = hostile("x").cells[0]
    advice = [
        structs.replace(
            base.advice[0],
            title=f"Finding {number}",
            refusal=None,
            fix=Fix(title="Wrap it", edits=[]),
            actions=[release],
            code_cell_id="definition",
        )
        for number in range(5)
    ]
    session = hostile("x")
    session.cells = [structs.replace(base, advice=advice)]
    for shown in (render_text(session), render_html(session)):
        assert "Finding 2" in shown
        assert "Finding 3" not in shown
        assert "and 2 more" in shown
        assert "line 2 of another cell" in shown
        assert "Fix: Wrap it" in shown
        assert "Release Out[4]: %torchprof free Out[4]" in shown


def test_text_says_what_a_library_keeps_and_moves():
    def module(**more):
        return PlacedModule(
            path="net",
            class_name="Net",
            training=False,
            parameters=1,
            parameter_bytes=0,
            buffer_bytes=0,
            gradient_bytes=0,
            **more,
        )

    record = a_record(
        run_id="1",
        source="pipe(x)",
        places=[
            Place(parent=None, kind="cell", line=1, source_hash="h"),
            Place(parent=0, kind="library", package="diffusers", function="Pipe.__call__"),
            Place(parent=1, kind="library", package="torch", function="Module.to"),
            Place(parent=0, kind="library", package="torch", function="Module.to"),
        ],
        placement=Placement(
            modules=[module(devices={"meta": 0}, offloaded={"cpu": 3 << 20, "disk": 5 << 20})]
        ),
        moves=[
            Move(
                what=what,
                source={"cpu float32": 4},
                target={"cuda:0 float32": 4},
                moved_bytes=4,
                duration_s=0.1,
                no_op=False,
                place=place,
            )
            for what, place in (("unet (UNet)", 2), ("head (Linear)", 3))
        ],
    )
    text = render_text(
        Session(
            schema_version="2.1",
            environment=Environment(extension="1", python="3", platform="p"),
            cells=[record],
        )
    )
    assert "net (Net): meta 0 B; offloaded: 3 MiB in host memory, 5 MiB in files" in text
    assert "unet (UNet): to cuda:0 float32 4 B, by diffusers" in text
    assert "head (Linear): to cuda:0 float32 4 B\n" in f"{text}\n"
