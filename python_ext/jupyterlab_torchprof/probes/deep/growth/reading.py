"""What would stand on a device at the peak of a step, by how it grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ....record import DeepCheckpoint, DeepMemory, DeepMoment, DeepPart, DeepProfile
from ..piece import Piece
from ..steps import Span
from .calls import Modules
from .categories import Categories, Phases
from .checkpointing import Checkpointed, advised
from .curve import curve_of
from .input_sizes import InputSizes, batch_of, length_of
from .lives import BEFORE, NEVER, Life, lives_of, stood_before
from .moments import Moment, Part, moments_of, peaks_between
from .owned import Owned
from .powers import CONSTANT, Powers, Sizes, powers_of
from .seen import Shape

_OF_PARAMETERS = frozenset({"parameters", "gradients", "optimizer"})
_ALIKE = 0.999
"""A step whose peak is that part of the highest has the same."""
MOST_MOMENTS = 12
MOST_CHECKPOINTED = 6
MOST_PARTS = 40
MOST_MODULES = 50


class Growth:
    """Of one window with whole steps."""

    def __init__(self, owned: Owned, inputs: InputSizes) -> None:
        """What was seen while it was recorded."""
        self._owned, self._inputs = owned, inputs

    def tell(
        self,
        profile: DeepProfile,
        piece: Piece,
        spans: Sequence[Span],
        started_at: float,
        modules: Modules,
    ) -> None:
        """Write the moments of each device into the profile, and the sizes that they depend on."""
        boundaries = [piece.began_ns, *piece.boundaries_ns]
        phases, collected = Phases(spans), piece.collected
        categories = Categories(phases, boundaries, self._owned.kinds)
        lives = lives_of(collected.allocations, collected.seen, self._owned.kinds)
        for memory in profile.memory:
            own = [life for life in lives if life.device == memory.device]
            known = sum(life.size for life in own if life.born_ns == BEFORE)
            stood = stood_before(memory.device, collected.allocations)
            if stood is not None and stood > known:
                own.insert(0, Life(memory.device, 0, stood - known, BEFORE))
            by = (categories, phases, modules, started_at)
            self._tell(profile, memory, own, boundaries, by)

    def _tell(
        self,
        profile: DeepProfile,
        memory: DeepMemory,
        lives: list[Life],
        boundaries: Sequence[int],
        by: tuple[Categories, Phases, Modules, float],
    ) -> None:
        categories, phases, modules, started_at = by
        begin, end = _step_of_peak(lives, boundaries)
        lives = [life for life in lives if life.born_ns < end and life.died_ns > begin]
        self._mark(categories, lives)
        sizes = self._sizes(begin, end)
        if profile.batch_size is None and sizes.batch is not None:
            is_apart = sizes.length != sizes.batch
            profile.batch_size = sizes.batch
            profile.sequence_length = sizes.length if is_apart else None
        parts = _parts(lives, categories, phases, sizes, boundaries)
        started_ns = round(started_at * 1e9)

        def told(moments: Sequence[Moment]) -> list[DeepMoment]:
            some = moments[: MOST_MOMENTS if sizes.known else 1]
            return [_told(each, phases.at(each.at_ns), started_ns) for each in some]

        memory.curve = curve_of(parts, (begin, end), started_ns)
        memory.moments = told(moments_of(parts, begin, end))
        ways = advised(parts, modules, begin, end)
        memory.checkpoints = [_checkpoint(each, *map(told, each.moments())) for each in ways]

    def _mark(self, categories: Categories, lives: list[Life]) -> None:
        """By the addresses of gradients when an optimizer stepped, and of what roots got."""
        for at_ns, addresses in self._owned.gradients:
            categories.add("gradients", lives, at_ns, set(addresses))
        for call in self._inputs.calls:
            categories.add("batch", lives, call.at_ns, set(call.addresses))

    def _sizes(self, begin_ns: int, end_ns: int) -> Sizes:
        calls = [call for call in self._inputs.calls if begin_ns <= call.at_ns < end_ns]
        constants = frozenset(self._owned.constants)
        return Sizes(
            batch_of(calls),
            length_of(calls, constants),
            constants,
            frozenset(self._owned.shapes),
        )


def _checkpoint(
    way: Checkpointed, most: list[DeepMoment], least: list[DeepMoment]
) -> DeepCheckpoint:
    return DeepCheckpoint(
        modules=sorted({call.module for call in way.calls})[:MOST_MODULES],
        calls=len(way.calls),
        again_s=sum(call.end_ns - call.begin_ns for call in way.calls) / 1e9,
        moments=most[:MOST_CHECKPOINTED],
        least=least[:MOST_CHECKPOINTED],
    )


def _step_of_peak(lives: Sequence[Life], boundaries: Sequence[int]) -> tuple[int, int]:
    """The last of the steps that have the highest peak."""
    peaks = peaks_between(lives, boundaries)
    steps = zip(pairwise(boundaries), peaks, strict=True)
    return [step for step, peak in steps if peak >= _ALIKE * max(peaks)][-1]


def _parts(
    lives: Iterable[Life],
    categories: Categories,
    phases: Phases,
    sizes: Sizes,
    boundaries: Sequence[int],
) -> list[tuple[Life, Part]]:
    parts: list[tuple[Life, Part]] = []
    strangers: list[Life] = []
    outliving: dict[int, set[Part]] = defaultdict(set)
    for life in lives:
        category = categories.of(life)
        if life.born_ns == BEFORE and life.seen is None and life.died_ns != NEVER:
            strangers.append(life)
            continue
        grown = _powers(life, category, phases, sizes)
        if category == "batch" and life.born_ns == BEFORE and grown == CONSTANT:
            category = "before"  # what batches are pieces of
        part = Part(category, grown, _floating(life, category))
        parts.append((life, part))
        if any(life.born_ns < each <= life.died_ns for each in boundaries):
            outliving[life.size].add(part)
    for life in strangers:  # what a step before has left, as this one leaves the same
        alike = outliving[life.size]
        powers = {part.powers for part in alike}
        part = Part("kept", next(iter(powers)) if len(powers) == 1 else None, None)
        parts.append((life, alike.pop() if len(alike) == 1 else part))
    return parts


def _powers(life: Life, category: str, phases: Phases, sizes: Sizes) -> Powers | None:
    if category in _OF_PARAMETERS:
        return CONSTANT
    if life.seen is not None:
        shapes = life.seen.whole_shapes()
        if life.born_ns == BEFORE and life.died_ns == NEVER and not _is_of_step(shapes, sizes):
            return CONSTANT
        return powers_of(shapes, sizes, is_spatial=life.seen.is_spatial)
    if life.born_ns == BEFORE or phases.at(life.born_ns) == "optimizer":
        return CONSTANT
    return None


def _is_of_step(shapes: Iterable[Shape], sizes: Sizes) -> bool:
    """Whether what stood before and stays, as a dataset does, is as large as just one batch."""
    return any(
        shape and (shape[0] == sizes.batch or shape[:2] == (sizes.length, sizes.batch))
        for shape in shapes
    )


def _floating(life: Life, category: str) -> int | None:
    if life.seen is not None:
        return life.seen.itemsize if life.seen.is_floating else None
    return 4 if category in ("gradients", "optimizer") else None


def _told(moment: Moment, phase: str, started_ns: int) -> DeepMoment:
    known = [part.powers for part in moment.held if part.powers is not None]
    highest = Powers(
        0,
        0,
        max((each.most_batch for each in known), default=0),
        max((each.most_length for each in known), default=0),
    )
    parts = [
        _part(part, part.powers or highest, nbytes, blocks)
        for part, (nbytes, blocks) in moment.held.items()
        if nbytes
    ]
    return DeepMoment(
        at_s=max(0.0, (moment.at_ns - started_ns) / 1e9),
        phase=phase,
        parts=sorted(parts, key=lambda part: -part.held_bytes)[:MOST_PARTS],
    )


def _part(part: Part, powers: Powers, nbytes: int, blocks: int) -> DeepPart:
    return DeepPart(
        category=part.category,
        held_bytes=nbytes,
        blocks=blocks,
        batch=powers.batch,
        length=powers.length,
        most_batch=None if powers.most_batch == powers.batch else powers.most_batch,
        most_length=None if powers.most_length == powers.length else powers.most_length,
        floating=part.floating,
    )
