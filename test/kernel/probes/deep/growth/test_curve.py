"""Memory of a step in the course of time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_torchprof.probes.deep.growth.curve import MOST_POINTS, curve_of
from jupyterlab_torchprof.probes.deep.growth.lives import BEFORE, NEVER, Life
from jupyterlab_torchprof.probes.deep.growth.moments import Part

SECOND = 10**9


def block(category: str, size: int, born: int, died: int = NEVER) -> tuple[Life, Part]:
    """A block that lived from one second to another."""
    born_ns = born if born == BEFORE else born * SECOND
    died_ns = died if died == NEVER else died * SECOND
    return Life("cpu", 1, size, born_ns, died_ns), Part(category, None, None)


def test_each_category_has_a_number_for_each_time():
    lives = [
        block("parameters", 10, BEFORE),
        block("activations", 5, 12, 17),
        block("activations", 7, 14, 16),
        block("temporaries", 3, 25),
    ]
    curve = curve_of(lives, (10 * SECOND, 20 * SECOND), 10 * SECOND)
    assert curve.t_s == [0, 2, 4, 6, 7]
    assert curve.series == {
        "activations": [0, 5, 12, 5, 0],
        "parameters": [10, 10, 10, 10, 10],
        "temporaries": [0, 0, 0, 0, 0],
    }


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 999), st.integers(1, 99)), max_size=50))
def test_the_peak_is_in_it_however_many_points_are_left_out(blocks):
    lives = [block("batch", size, born, born + lived) for size, born, lived in blocks]
    curve = curve_of(lives, (0, 2000 * SECOND), 0)
    assert len(curve.t_s) <= MOST_POINTS
    most = max(
        (
            sum(life.size for life, _part in lives if life.born_ns <= at.born_ns < life.died_ns)
            for at, _part in lives
        ),
        default=0,
    )
    assert max(curve.series.get("batch", []), default=0) == most
