"""The state of an optimizer that each rank has as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ...ranks.told import are_ranks, last_launch
from ...record import MemoryEntry, Optimizer, RankRun
from ...units import format_bytes, format_percent
from ..evidence.memory import memory_entry
from ..evidence.optimizers import called
from ..grammar import Case, Finding, Rule
from .lines import by_hand_at, made_at

_LARGE = 0.3
"""Of a device."""
_NEARLY = 0.9
_OUTLINE = """\
Two ways divide it. `torch.distributed.optim.ZeroRedundancyOptimizer` leaves the wrapper and the \
loop as they are: `{name} = ZeroRedundancyOptimizer({model}.parameters(), \
optimizer_class={class_name}, lr=...)`, with the other options behind that; before its \
state is saved, all ranks call `{name}.consolidate_state_dict(to=0)`. \
`torch.distributed.fsdp.fully_shard`, called on each layer and then on the model, stands in the \
place of the wrapper, and divides parameters and gradients as well. A library that makes the \
wrapper has a setting for that."""


class ShardOptimizer(Rule):
    """Under `DistributedDataParallel` each rank has the whole state of the optimizer, and steps all
    parameters by it, the same as in all other ranks. That state takes a large part of each device.

    Evidence: A wrapper that all ranks have trained with; optimizers that have stepped all of its
    parameters in each, with as much state in one rank as in another: more than 30 % of the device.

    Fix: By hand: outlines `ZeroRedundancyOptimizer`, which leaves the loop as it is, and
    `fully_shard`.

    Silent: Where the state is divided already (`ZeroRedundancyOptimizer`, FSDP, DTensor,
    DeepSpeed), and where the size of the device is not known.

    Sources:
        https://docs.pytorch.org/tutorials/recipes/zero_redundancy_optimizer.html
        https://docs.pytorch.org/docs/stable/distributed.fsdp.fully_shard.html

    Notes: Of w ranks each keeps 1/w: measured with PyTorch 2.13 on two ranks, 2.1 instead of 4.2 MB
    of AdamW's, with the same parameters after 12 steps. Whole parameters are divided, so one that
    is larger than a rank's share stays whole. The ranks send each other what they stepped.
    """

    id = "shard-optimizer"
    severity = "low"
    alters = "run"

    def find(self, case: Case) -> Finding | None:
        """The same state in all ranks, on devices of their own."""
        ranks = last_launch(case.record.ranks)
        worlds = {_world(run) for run in ranks}
        if len(ranks) < 2 or not are_ranks(ranks) or len(worlds) > 1:
            return None
        world, states = worlds.pop(), [_whole_state(run) for run in ranks]
        if world < 2 or len({size for size, _device in states}) > 1:
            return None
        found = next(_large(ranks, states), None)
        if found is None:
            return None
        run, state, memory = found
        total = memory.total_bytes or state
        optimizer = max(_stepped(run), key=lambda each: sum(each.state_bytes.values()))
        model = next((one.path for one in run.replicas if one.path), "model")
        saved = format_bytes(state * (world - 1) // world)
        name = optimizer.variable or optimizer.name or "optimizer"
        return Finding(
            title=(
                f"Each of {world} ranks has the optimizer's whole state, "
                f"{format_percent(state / total)} of {memory.device}."
            ),
            explanation=(
                "Under `DistributedDataParallel` the ranks step the same parameters by the same "
                f"state. Divided among them, it would take up to {saved} less in each. "
                + _OUTLINE.format(name=name, model=model, class_name=optimizer.class_name)
            ),
            evidence=[
                f"{called(optimizer, start=True)} has {format_bytes(state)} of state on "
                f"{memory.device}, which has {format_bytes(total)}, in rank {run.rank}; it has as "
                f"much in each of {len(ranks)} ranks.",
                f"Each steps {format_bytes(_stepped_bytes(run))} of parameters, all that the "
                "wrapper reduces.",
            ],
            remedy=by_hand_at(
                case,
                "How the model is to be divided and saved is for you to say.",
                made_at(run, optimizer.made, optimizer.place),
            ),
        )


def _world(run: RankRun) -> int:
    """Ranks that train together by wrappers; zero: there is none, or of several sizes."""
    found = {one.world_size or 0 for one in run.replicas if one.iterations}
    return found.pop() if len(found) == 1 else 0


def _whole_state(run: RankRun) -> tuple[int, str]:
    """State of all that the wrappers reduce, and the device that has it."""
    reduced = sum(one.parameter_bytes for one in run.replicas if one.iterations)
    if not reduced or _stepped_bytes(run) < _NEARLY * reduced:
        return 0, "none"
    held: Counter[str] = Counter()
    for each in _stepped(run):
        held.update(each.state_bytes)
    [(device, state)] = held.most_common(1)  # numbers of steps lie on the host
    return state, device


def _stepped(run: RankRun) -> Sequence[Optimizer]:
    """Those that have state of their own: one around others has none."""
    return [each for each in run.record.optimizers if each.steps and each.state_bytes]


def _stepped_bytes(run: RankRun) -> int:
    return sum(size for each in _stepped(run) for size in each.parameter_bytes.values())


def _large(
    ranks: Sequence[RankRun], states: Sequence[tuple[int, str]]
) -> Iterator[tuple[RankRun, int, MemoryEntry]]:
    """Ranks whose device the state takes much of, with the memory of that."""
    for run, (state, device) in zip(ranks, states, strict=True):
        memory = memory_entry(run.record, device)
        if memory is None or memory.device == "host" or not memory.total_bytes:
            continue
        if state > _LARGE * memory.total_bytes:
            yield run, state, memory
