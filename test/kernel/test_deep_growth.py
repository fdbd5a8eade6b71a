"""The peak of a step with a batch of twice the size, in words."""

from __future__ import annotations

from jupyterlab_torchprof.deliver.deep_growth import growth_text
from jupyterlab_torchprof.record import (
    DeepCheckpoint,
    DeepMemory,
    DeepMoment,
    DeepPart,
    DeepProfile,
    DeepWindow,
)

MIB = 1 << 20


def part(category: str, mebibytes: int, batch: int = 0, most: int | None = None) -> DeepPart:
    """Blocks of a category."""
    return DeepPart(
        category=category, held_bytes=mebibytes * MIB, blocks=1, batch=batch, most_batch=most
    )


def memory(device: str, *moments: list[DeepPart]) -> DeepMemory:
    """Of a device."""
    told = [DeepMoment(at_s=0, phase="backward", parts=parts) for parts in moments]
    return DeepMemory(device=device, peak_bytes=0, peak_s=0, end_bytes=0, moments=told)


def profile(batch: int | None, *memories: DeepMemory) -> DeepProfile:
    """Of a batch of this size."""
    window = DeepWindow(begin_s=0, end_s=1)
    return DeepProfile(steps_asked=1, window=window, memory=list(memories), batch_size=batch)


def test_the_moment_with_most_counts():
    first = [part("activations", 6, 1), part("parameters", 2)]
    other = [part("optimizer", 7)]
    deep = profile(8, memory("cpu", [part("batch", 99)]), memory("cuda:0", first, other))
    assert growth_text(deep) == (
        "In all 8 MiB at the peak of a step on cuda:0: 6 MiB activations, 2 MiB parameters;"
        " 14 MiB with a batch of 16"
    )


def test_what_cannot_be_told_is_a_range():
    deep = profile(8, memory("cpu", [part("kept", 4, 0, 2), part("optimizer", 1)]))
    assert growth_text(deep) == (
        "In all 5 MiB at the peak of a step on cpu: 4 MiB kept after the step, 1 MiB optimizer"
        " state; between 5 MiB and 17 MiB with a batch of 16"
    )


def test_without_a_known_batch_there_is_the_peak_alone():
    for batch in (None, 1):
        told = growth_text(profile(batch, memory("cpu", [part("batch", 4, 1)])))
        assert told == "In all 4 MiB at the peak of a step on cpu: 4 MiB batch"
    assert growth_text(profile(8, memory("cpu"))) is None


def test_checkpoints_are_told_with_what_runs_twice():
    deep = profile(8, memory("cpu", [part("activations", 6, 1)]))
    peaks = ([DeepMoment(at_s=0, phase="forward", parts=[part("batch", n)])] for n in (3, 2))
    most, least = peaks
    way = DeepCheckpoint(
        modules=["Net.a.0", "Net.a.1"], calls=2, again_s=0.02, moments=most, least=least
    )
    deep.memory[0].checkpoints = [way]
    assert growth_text(deep).endswith(
        "; 12 MiB with a batch of 16; between 2 MiB and 3 MiB with checkpoints of Net.a.0 and 1 "
        "other module, 20 ms of forwards twice"
    )
