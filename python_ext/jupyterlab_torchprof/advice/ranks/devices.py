"""Ranks that compute on each other's device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...derive import own_line
from ...ranks.told import are_ranks, last_launch
from ...record import CellRecord, Place, RankRun
from ...units import format_bytes
from ...words import enumerate_words
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at

_LEAST_BYTES = 16 << 20
"""Less may be what a library needs to talk to a device."""
_TAKEN_BYTES = 512 << 20
"""Of other processes, from which a device is not free."""

_Held = Mapping[str, int]
"""By device, what a rank held of it at most, as far as it was its own."""


class RankSameDevice(Rule):
    """Several ranks compute on one accelerator although another one is free, or a rank holds memory
    on the device of another: where no device is chosen, all of them get the first.

    Evidence: 16 MiB or more that two ranks or more have allocated on one device, in a group of
    which each can use the same two devices or more.

    Fix: By hand: `torch.cuda.set_device(local_rank)` as the first statement of what the ranks run,
    and `map_location` for checkpoints.

    Silent: With one device; with more ranks than devices, once all of these are in use; where each
    rank was shown a device of its own (`CUDA_VISIBLE_DEVICES`); where other programs have the other
    devices; for processes without a group.

    Sources:
        https://docs.pytorch.org/tutorials/intermediate/ddp_tutorial.html#save-and-load-checkpoints
        https://docs.pytorch.org/docs/stable/generated/torch.cuda.set_device.html

    Notes: What was allocated before the fork is nobody's own.
    """

    id = "rank-same-device"
    severity = "high"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """A device that several ranks have in use."""
        ranks = last_launch(case.record.ranks)
        if len(ranks) < 2 or not are_ranks(ranks) or len({run.host for run in ranks}) > 1:
            return None
        counts = {_device_count(run.record) for run in ranks}
        if len(counts) > 1 or (count := counts.pop()) < 2:
            return None
        held = [_held(run.record) for run in ranks]
        found = next(_together(ranks, held, count), None) or next(_strangers(ranks, held), None)
        if found is None:
            return None
        last = found.ranks[-1]
        choose = "torch.accelerator.set_device_index"
        if found.device.startswith("cuda"):
            choose = "torch.cuda.set_device"
        return Finding(
            title=_title(found),
            explanation=(
                f"{found.why} Write `{choose}(rank)` as the first statement of what the ranks "
                "run, with the rank's number on its machine, move the model and the batches to "
                f'that device, and load checkpoints with `map_location="cpu"`. The ranks can use '
                f"{count} devices."
            ),
            evidence=[
                f"Rank {run.rank} held {format_bytes(each[found.device])} of {found.device}."
                for run, each in zip(ranks, held, strict=True)
                if run in found.ranks
            ],
            remedy=by_hand_at(
                case,
                "Which device is a rank's own, the function that they run must say.",
                _brought_at(last.record, found.device),
            ),
            severity=None if found.owner is None else "medium",
        )


class _Shared(NamedTuple):
    """A device of several ranks."""

    device: str
    ranks: Sequence[RankRun]
    """The last of them is one that could have been elsewhere."""
    owner: RankRun | None
    """Whose device it is, where the others have one of their own."""
    why: str


def _title(found: _Shared) -> str:
    if found.owner is None:
        numbers = enumerate_words([str(run.rank) for run in found.ranks])
        return f"Ranks {numbers} all compute on {found.device}, while another device is free."
    return (
        f"Rank {found.ranks[-1].rank} has used memory of {found.device}, the device of rank "
        f"{found.owner.rank}."
    )


def _device_count(record: CellRecord) -> int:
    """Zero, where it is shown a part of them."""
    state = record.torch
    return 0 if state is None or state.hidden or state.accelerator is None else state.device_count


def _held(record: CellRecord) -> _Held:
    own = {
        each.device: each.peak_bytes - each.allocated_before_bytes
        for each in record.memory
        if each.device != "host"
    }
    return {device: size for device, size in own.items() if size >= _LEAST_BYTES}


def _together(ranks: Sequence[RankRun], held: Sequence[_Held], count: int) -> Iterator[_Shared]:
    """Devices on which several ranks compute, where others are free."""
    used = {device for each in held for device in each}
    taken = {
        entry.device
        for run in ranks
        for entry in run.record.memory
        if entry.device not in ("host", *used)
        and (entry.other_processes_bytes or 0) >= _TAKEN_BYTES
    }
    if len(used | taken) >= count:
        return
    for device in sorted(used):
        sharing = [run for run, own in zip(ranks, held, strict=True) if device in own]
        if len(sharing) > 1:
            yield _Shared(
                device, sharing, None, "They share its memory, and take turns in computing."
            )


def _strangers(ranks: Sequence[RankRun], held: Sequence[_Held]) -> Iterator[_Shared]:
    """Ranks that compute on devices of their own, and hold memory of another's as well."""
    homes = [_home(own) for own in held]
    if None in homes or len(set(homes)) < len(homes):
        return
    for index, own in enumerate(held):
        for device in own:
            owner = next((at for at, home in enumerate(homes) if home == device), index)
            if owner != index and homes[index] not in held[owner]:  # else they share a model
                yield _Shared(
                    device,
                    [ranks[owner], ranks[index]],
                    ranks[owner],
                    "Something of the rank goes to the first device, as a checkpoint does that "
                    "was saved there, or what is moved to `cuda` without a number.",
                )


def _home(held: _Held) -> str | None:
    return max(held, key=lambda device: held[device], default=None)


def _brought_at(record: CellRecord, device: str) -> Place | None:
    """Where a checkpoint or a model was put there first."""
    for load in record.loads:
        if load.landed.get(device):
            return own_line(record, load.place)
    for move in record.moves:
        if any(key.split()[0] == device for key in move.target):
            return own_line(record, move.place)
    return None
