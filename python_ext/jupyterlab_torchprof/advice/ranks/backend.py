"""Gradients on devices, which are reduced in host memory."""

from __future__ import annotations

from typing import NamedTuple

from ...ranks.told import are_ranks, communication_s, last_launch
from ...record import Collectives, RankRun
from ...units import format_bytes, format_seconds
from ...words import count_of
from ..grammar import Case, Finding, Rule
from .wrapper import trained_forwards

_LEAST = 10
"""Reductions of all gradients."""
_HALF = 0.5
"""Of the gradients, which may be reduced in another type."""


class Backend(Rule):
    """The ranks train on CUDA devices, and gloo reduces their gradients: it copies them to host
    memory, reduces them there, and copies them back. NCCL does so between the devices.

    Evidence: In all ranks a `DistributedDataParallel` that trains on a CUDA device of their own,
    and in PyTorch's flight recorder gloo's reductions of its gradients, ten of all of them or more,
    in a build of PyTorch that has NCCL.

    Fix: By hand: `init_process_group("nccl")`.

    Silent: Where some collective is NCCL's; where ranks share a device, which NCCL refuses; where
    the build has no NCCL, as on Windows; where PyTorch records no collectives of gloo (before 2.8).

    Sources:
        https://docs.pytorch.org/docs/stable/distributed.html#which-backend-to-use

    Notes: Without a promise: nothing here could be measured on several devices.
    """

    id = "backend"
    severity = "medium"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The same in all ranks."""
        ranks = last_launch(case.record.ranks)
        if len(ranks) < 2 or not are_ranks(ranks) or not all(map(_has_nccl, ranks)):
            return None
        found = [_reduced(run) for run in ranks]
        devices = {(run.host, each.device) for run, each in zip(ranks, found, strict=True) if each}
        if not all(found) or len(devices) < len(ranks):
            return None
        first, own = ranks[0], found[0]
        assert own is not None
        facts = [
            f"Rank {first.rank} trains on {own.device}, and has given gloo "
            f"{format_bytes(own.reductions.input_bytes)} in "
            f"{count_of(own.reductions.calls, 'reduction')}.",
            "This build of PyTorch has NCCL.",
        ]
        seconds = communication_s(first)
        if seconds is not None:
            facts.append(f"{format_seconds(seconds)} of a step is communication.")
        sites = list(case.program.calls("torch.distributed.init_process_group"))
        return Finding(
            title=f"gloo reduces the gradients of {len(ranks)} CUDA devices in host memory.",
            explanation=(
                "gloo copies each gradient from its device, reduces it on the host and copies it "
                'back. NCCL does so between the devices: write `init_process_group("nccl")`, with '
                "`torch.cuda.set_device` of the rank's own device above it. Where ranks exchange "
                'tensors of the host, too, `"cpu:gloo,cuda:nccl"` uses each for its own.'
            ),
            evidence=facts,
            remedy=case.by_hand(
                "Whether ranks exchange tensors of the host, too, is for you to say.",
                *(sites if len(sites) == 1 else ()),
            ),
        )


class _Reduced(NamedTuple):
    """A wrapper's gradients, by gloo."""

    device: str
    reductions: Collectives


def _has_nccl(run: RankRun) -> bool:
    state = run.record.torch
    return state is not None and state.nccl


def _reduced(run: RankRun) -> _Reduced | None:
    """What gloo reduced that can only be gradients of a CUDA device."""
    devices = {
        each.device
        for each in trained_forwards(run.record)
        if each.module == "DistributedDataParallel"
    }
    device = devices.pop() if len(devices) == 1 else None
    if device is None or not device.startswith("cuda"):
        return None
    if any(each.name.startswith("nccl") for each in run.collectives):
        return None
    size = sum(one.parameter_bytes for one in run.replicas if one.iterations)
    for each in run.collectives:
        enough = each.input_bytes >= _LEAST * _HALF * size
        if each.name == "gloo:all_reduce" and size and each.calls >= _LEAST and enough:
            return _Reduced(device, each)
    return None
