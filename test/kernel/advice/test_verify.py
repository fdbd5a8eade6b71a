"""Predicted against measured."""

from __future__ import annotations

import msgspec
import pytest
from jupyterlab_torchprof.advice.verify import verify
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.record import Advice, Fix, Placement, Position, Prediction, TextEdit

SOURCE = "outs = []\nfor b in loader:\n    outs.append(model(b))\n"


def baseline(build, **more):
    """Fires: 32 MiB are held; with the outputs the cell adds 36 MiB."""
    mib = build.MIB
    values = {
        "source": SOURCE,
        "forwards": [build.forwards(line=3)],
        "forward_graphs": [build.graph(line=3)],
        "retained": [build.retained("outs")],
        "memory": [build.memory(before=100 * mib, after=136 * mib, peak=140 * mib)],
        "duration_s": 2.0,
    }
    return build.record(**{**values, **more})


def fixed(build, first, before, after, **more):
    (advice,) = first.advice
    source = apply_edits(first.source, advice.fix.edits)
    mib = build.MIB
    values = {
        "source": source,
        "cell_id": first.cell_id,
        "memory": [build.memory(before=before * mib, after=after * mib, peak=150 * mib)],
        "duration_s": 1.5,
    }
    return build.record(**{**values, **more})


def results(record):
    return {
        v.metric: (v.predicted, v.measured, v.device, v.baseline_run_id)
        for v in record.verification
    }


def test_run_again_at_once(build):
    first = baseline(build)
    session = build.Session(first)
    session.add(again := fixed(build, first, 136, 104))
    mib = build.MIB
    assert results(again) == {
        "graph_bytes": (-32 * mib, -32 * mib, "cuda:0", first.run_id),
        "allocated_after_bytes": (-32 * mib, -32 * mib, "cuda:0", first.run_id),
        "duration_s": (None, -0.5, None, first.run_id),
    }
    assert again.advice == []


def test_what_other_cells_changed_is_taken_off(build):
    first = baseline(build)
    session = build.Session(first)
    mib = build.MIB
    kept = [build.retained("outs")]
    memory = build.memory(before=136 * mib, after=186 * mib)
    session.add(build.record("more = 1", cell_id="b", retained=kept, memory=[memory]))
    session.add(again := fixed(build, first, 186, 154))
    assert results(again)["allocated_after_bytes"][1] == -32 * mib


def test_the_third_run_has_the_same_baseline(build):
    first = baseline(build)
    session = build.Session(first)
    session.add(fixed(build, first, 136, 104))
    session.add(third := fixed(build, first, 104, 104))
    assert results(third)["graph_bytes"][1] == -32 * build.MIB
    assert results(third)["allocated_after_bytes"][1] == -32 * build.MIB
    assert results(third)["allocated_after_bytes"][3] == first.run_id


def test_memory_that_another_cell_freed_is_not_claimed(build):
    first = baseline(build)
    session = build.Session(first)
    mib = build.MIB
    freed = build.record(
        "del outs", cell_id="b", memory=[build.memory(before=136 * mib, after=100 * mib)]
    )
    session.add(freed)
    session.add(again := fixed(build, first, 100, 104))
    assert "allocated_after_bytes" not in results(again)
    assert results(again)["graph_bytes"][1] == -32 * mib


def test_worse_is_reported(build):
    first = baseline(build)
    session = build.Session(first)
    more = {"retained": [build.retained("outs", saved=40 << 20)], "duration_s": 3.0}
    session.add(again := fixed(build, first, 136, 150, **more))
    assert results(again)["graph_bytes"][:2] == (-32 << 20, 8 << 20)
    assert results(again)["allocated_after_bytes"][1] == 14 << 20
    assert results(again)["duration_s"][1] == 1.0


def test_the_host_promises_nothing(build):
    host = [build.memory(before=1, after=64 << 20, device="host")]
    first = baseline(build, retained=[build.retained("outs", device="cpu")], memory=host)
    session = build.Session(first)
    session.add(again := fixed(build, first, 0, 0, memory=host))
    assert results(again)["graph_bytes"][:3] == (-32 << 20, -32 << 20, "cpu")
    assert results(again)["allocated_after_bytes"][:3] == (None, 0, "host")


def test_a_peak(build):
    mib = build.MIB
    first = build.record(
        "hits = int(model(x).argmax())",
        forwards=[build.forwards(calls=1)],
        forward_graphs=[build.graph(fate="dropped")],
        memory=[build.memory(before=100 * mib, after=100 * mib, peak=120 * mib)],
    )
    session = build.Session(first)
    other = build.memory(before=100 * mib, after=110 * mib)
    session.add(build.record("more = 1", cell_id="b", memory=[other]))
    after = build.memory(before=110 * mib, after=110 * mib, peak=123 * mib)
    session.add(again := fixed(build, first, 0, 0, memory=[after]))
    assert results(again)["peak_bytes"][:3] == (-6 * mib, -7 * mib, "cuda:0")


@pytest.mark.parametrize("mark", ["", "%%torchprof\n"])
def test_formatting_does_not_matter(build, mark):
    first = baseline(build)
    session = build.Session(first)
    source = (
        "outs=[]\n# my own\nfor b in loader:\n  with torch.no_grad( ) :\n    outs.append(model(b))"
    )
    source = mark + source
    session.add(again := fixed(build, first, 136, 104, source=source, source_hash="other"))
    assert results(again)["graph_bytes"][1] == -32 * build.MIB


@pytest.mark.parametrize(
    "change",
    [
        {"source": "%%time\n" + SOURCE},
        {"source": SOURCE},
        {"source": SOURCE + "1"},
        {"source": "with torch.no_grad():\n    pass"},
        {"source": "not python"},
        {"status": "error"},
        {"cell_id": "another"},
    ],
)
def test_nothing_to_verify(build, change):
    first = baseline(build)
    session = build.Session(first)
    if "source" in change:
        change = {**change, "source_hash": change["source"]}
    session.add(again := fixed(build, first, 136, 104, **change))
    assert again.verification == []


def test_without_cell_ids(build):
    first = baseline(build, cell_id=None)
    session = build.Session(first)
    mib = build.MIB
    memory = build.memory(before=136 * mib, after=146 * mib)
    kept = [build.retained("outs")]
    session.add(build.record("more = 1", cell_id=None, retained=kept, memory=[memory]))
    session.add(again := fixed(build, first, 146, 114))
    assert results(again)["graph_bytes"][3] == first.run_id
    assert results(again)["allocated_after_bytes"][1] == -32 * mib


def test_the_latest_baseline_counts(build):
    first, second = (
        baseline(build),
        baseline(build, retained=[build.retained("outs", saved=9 << 20)]),
    )
    session = build.Session(first, second)
    session.add(again := fixed(build, second, 136, 104))
    assert {result[3] for result in results(again).values()} == {second.run_id}


def test_numbers_that_could_not_be_had_are_left_out(build):
    first = baseline(build)
    session = build.Session(first)
    unseen = {"placement": Placement(truncated=True), "memory": []}
    session.add(again := fixed(build, first, 0, 0, **unseen))
    assert set(results(again)) == {"duration_s"}


def test_a_saved_session_gives_the_same(build):
    """Records that were written and read again."""
    first = baseline(build)
    session = build.Session(first)
    session.add(again := fixed(build, first, 136, 104))
    data = msgspec.json.encode(session.history)
    history = msgspec.json.decode(data, type=list[type(first)])
    assert verify(history[1], history) == again.verification


def advised_elsewhere(build, *, cell="settings", metric="duration_s"):
    """A cell that ran got advice whose fix edits the cell ``settings``."""
    settings = build.record(source="workers = 0", cell_id="settings")
    loop = build.record(source="train(workers)", cell_id="loop", duration_s=4.0)
    edit = TextEdit(
        cell_id=cell,
        source_hash=settings.source_hash,
        start=Position(line=0, column=10),
        end=Position(line=0, column=11),
        new_text="2",
    )
    unit = "s" if metric == "duration_s" else "bytes"
    loop.advice = [
        Advice(
            rule="any",
            severity="low",
            cell_id="loop",
            title="Title.",
            explanation="",
            evidence=[],
            prediction=Prediction(metric=metric, before=4.0, after=3.0, unit=unit, device="cuda:0"),
            fix=Fix(title="Fix", edits=[edit]),
        )
    ]
    return settings, loop


def test_a_fix_in_another_cell(build):
    settings, loop = advised_elsewhere(build)
    changed = build.record(source="workers = 2  # more", cell_id="settings")
    again = build.record(source="train(workers)", cell_id="loop", duration_s=3.5)
    (verified,) = verify(again, [settings, loop, changed, again])
    assert (verified.metric, verified.predicted, verified.measured) == ("duration_s", -1.0, -0.5)


@pytest.mark.parametrize("between", ["nothing", "other text", "its old text"])
def test_a_fix_in_another_cell_that_has_not_run(build, between):
    settings, loop = advised_elsewhere(build)
    texts = {"nothing": [], "other text": ["workers = 3"], "its old text": ["workers = 0"]}
    runs = [build.record(source=text, cell_id="settings") for text in texts[between]]
    again = build.record(source="train(workers)", cell_id="loop")
    assert verify(again, [settings, loop, *runs, again]) == []


def test_a_fix_in_another_cell_beside_another_change(build):
    settings, loop = advised_elsewhere(build)
    changed = build.record(source="workers = 2", cell_id="settings")
    again = build.record(source="train(workers, epochs=2)", cell_id="loop")
    assert verify(again, [settings, loop, changed, again]) == []


def test_a_promise_of_what_stays_allocated(build):
    settings, loop = advised_elsewhere(build, metric="allocated_after_bytes")
    changed = build.record(source="workers = 2", cell_id="settings")
    again = build.record(
        source="train(workers)", cell_id="loop", memory=[build.memory(after=-1)], duration_s=4.0
    )
    verified = {
        v.metric: (v.predicted, v.measured) for v in verify(again, [settings, loop, changed, again])
    }
    assert verified == {"allocated_after_bytes": (-1.0, -1.0), "duration_s": (None, 0.0)}
