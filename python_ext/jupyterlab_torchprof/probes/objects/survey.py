"""The one walk over the namespace at the end of a cell, shared by the probes that need it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ...record import Placement
from ..base import CellRun
from ..collector import collector_paused
from ..torch_import import imported_torch
from .failures import Failures
from .gathered import Gathered, gather
from .hidden import find_hidden
from .hook_lists import HookCounts, HookLists
from .keeping import KnownPlaces, find_kept
from .kept import Kept
from .kinds import class_name
from .named_devices import named_devices
from .paths import is_named, keeper_of, root_name, write
from .placed import Placing
from .tensors import Tensors
from .tree_memory import ModuleMemory, memory_of, share_out
from .trees import KnownTrees, Part, Root, Tree, TreeMemory
from .variables import KnownNames, Variables
from .walk import Bounds, Walk, walk_namespace, walk_on

if TYPE_CHECKING:
    from ..graphs.kept import Saved
    from ..holding.outside import Outside

_LARGE_BYTES = 1 << 20
_SOME = 8
"""Parameters that tell for all of a module."""
_BEYOND = Bounds(objects=20_000, seconds=0.001)
_MAX_NAMED = 20
"""Carriers of one variable whose ways are written."""
_known_trees = KnownTrees()
_known_names = KnownNames()
_known_places = KnownPlaces()
_hook_lists = HookLists()


@dataclass(slots=True)
class Carriers:
    """The tensors of one variable or attribute that carry an autograd graph."""

    path: str
    """How the user would write the first of them."""
    tensors: list[weakref.ref[Any]] = field(default_factory=list)
    named: dict[str, weakref.ref[Any]] = field(default_factory=dict)
    """Those that are a variable, an attribute or the value of a text, as the user would write it:
    ``total``, ``meter.total``, ``log["total"]``."""


class GraphSize(NamedTuple):
    """How large the graphs of one of the carriers are that none before it has."""

    nodes: int
    truncated: bool
    goes_on: bool = False
    """It reaches the end of the graph that the same variable had when graphs were walked before."""


@dataclass(slots=True)
class Survey:
    """What the namespace held when the cell had ended. Keeps nothing of it alive."""

    placement: Placement
    carriers: dict[str, Carriers]
    """By what keeps them, a variable or an attribute of an object, as the user would write it; in
    the order of the namespace."""
    storages: set[int]
    """Keys of the storages of all tensors that were found."""
    module_storages: set[int]
    """Those of them that modules have: of parameters, buffers and gradients."""
    gathered: dict[str, Gathered]
    """By variable: containers of several tensors."""
    roots: dict[str, Root]
    """By variable: modules, optimizers, and tensors that are large."""
    optimizers: dict[str, weakref.ref[Any]]
    """By variable."""
    module_ids: set[int]
    """Of the modules that were found, for as long as they live."""
    modules: dict[str, weakref.ref[Any]]
    """Root modules, by how the user would write them: ``model``, ``trainer.model``."""
    trees: list[ModuleMemory]
    """What the root modules have, each storage for one of them."""
    kept: list[Kept]
    """What keeps tensors outside modules, by path and device, largest first."""
    hooks: HookCounts
    """Of the modules that have hooks."""
    not_looked_at: int = 0
    """Objects to which the walk had the way and no time."""
    failures: Failures = field(default_factory=Failures)
    """Of objects that could not be read."""
    graphs: dict[str, GraphSize] = field(default_factory=dict)
    """The graphs of `carriers`, by the same names, once they have been walked."""
    graph_saved: dict[str, Mapping[int, Saved]] = field(default_factory=dict)
    """What the graphs keep that nothing before has, by storage, without the tensors; by the
    variable of their record's entry."""
    graph_storages: set[int] | None = None
    """Keys of the storages that these graphs have saved; ``None`` if they were not walked."""
    outside: list[Outside] = field(default_factory=list)
    """What outputs, the last error's frames and objects from before have beside all that."""


def survey(run: CellRun) -> Survey | None:
    """The survey of this run, made when it is first asked for; ``None`` without PyTorch."""
    torch = imported_torch()
    if run.survey is None and torch is not None:
        run.survey = make_survey(torch, run.namespace)
    return run.survey


def is_known(module: Any) -> bool:
    """Whether the namespace reached it in an earlier survey, as far as that is remembered."""
    return _known_trees.have(module)


def make_survey(torch: ModuleType, namespace: Mapping[str, Any]) -> Survey:
    """Walk and count."""
    tensors = Tensors(torch)
    with collector_paused(), tensors.quiet():
        variables = Variables(namespace, _known_names)
        walk = walk_namespace(tensors, namespace, Bounds(), _known_trees, variables)
        placing = Placing(tensors)
        placement = placing.placement(walk, _name_of(torch, variables))
        placement.devices_named = named_devices(torch, variables)
        optimizers = {
            name: weakref.ref(thing) for name, thing in variables.of(torch.optim.Optimizer)
        }
        roots = {name: Root(ref, class_name(ref()), []) for name, ref in optimizers.items()}
        return Survey(
            placement,
            _carriers(tensors, walk, variables),
            placing.storages,
            placing.module_storages,
            gather(tensors, walk.tensors, placing.sizes, namespace),
            {**roots, **_roots(tensors, walk, placing.sizes)},
            optimizers,
            walk.module_ids,
            _modules(walk, variables.of(torch.nn.Module)),
            *_memory(tensors, walk, placing, _beyond(tensors, variables, walk)),
            _hook_lists.look(tensors, walk.modules),
            walk.not_looked_at,
            walk.failures,
        )


def _modules(walk: Walk, in_variables: list[tuple[str, Any]]) -> dict[str, weakref.ref[Any]]:
    """Those of variables, which may be a part of another one, before those of attributes.

    Where the walk was cut, some of these are not known: then all are left out.
    """
    found = {name: weakref.ref(module) for name, module in in_variables}
    for tree in () if walk.truncated else walk.modules:
        if root_name(tree.trail)[:1] != "_":
            found.setdefault(write(tree.trail), weakref.ref(tree.module))
    return found


def _beyond(tensors: Tensors, variables: Variables, walk: Walk) -> Walk | None:
    """What only functions and generators keep, which is nobody's but a holder of memory."""
    hidden = [] if walk.truncated else find_hidden(tensors, variables)
    if not hidden:
        return None
    return walk_on(tensors, hidden, _BEYOND, walk, _known_trees)


def _memory(
    tensors: Tensors, walk: Walk, placing: Placing, beyond: Walk | None
) -> tuple[list[ModuleMemory], list[Kept]]:
    """What modules have, and what is kept outside of them."""
    trees: list[tuple[Tree, TreeMemory]] = []
    entries = placing.entries
    if beyond is not None:
        entries = [*entries, *placing.beyond(beyond)]
    for tree in (*walk.modules, *(beyond.modules if beyond is not None else ())):
        try:
            trees.append((tree, memory_of(tensors, tree)))
        except Exception as error:  # of a module as nobody expects it
            walk.failures.add(error)
    optimizers = {id(trail): class_name(thing) for thing, trail in walk.optimizers}
    return share_out(trees), find_kept(
        tensors,
        entries,
        optimizers,
        [(write(tree.trail), memory.storages.keys()) for tree, memory in trees],
        _known_places,
    )


def _carriers(tensors: Tensors, walk: Walk, variables: Variables) -> dict[str, Carriers]:
    by_root: dict[str, dict[str, Carriers]] = {}
    known: dict[int, Carriers] = {}  # what is in one container has one trail's id in common
    for tensor, trail in walk.tensors:
        if not tensors.is_leaf(tensor):
            keeper = keeper_of(trail)
            if id(keeper) not in known:
                of_root = by_root.setdefault(root_name(trail), {})
                known[id(keeper)] = of_root.setdefault(write(keeper), Carriers(write(trail)))
            own = known[id(keeper)]
            own.tensors.append(weakref.ref(tensor))
            if len(own.named) < _MAX_NAMED and is_named(trail):
                own.named[write(trail)] = own.tensors[-1]
    # The walk finds what is in containers last.
    roots = [name for name, _thing in variables.objects]
    return {name: own for root in roots for name, own in by_root.get(root, {}).items()}


def _roots(tensors: Tensors, walk: Walk, sizes: list[int]) -> dict[str, Root]:
    """The modules and large tensors that are variables themselves."""
    roots: dict[str, Root] = {}
    for tree in walk.modules:
        if tree.trail[0] is None:
            root = None if tree.known is None else tree.known.root
            if root is None:
                some = _some_parameters(tree.parts(tensors))
                root = Root(weakref.ref(tree.module), class_name(tree.module), some)
                if tree.known is not None:
                    tree.known.root = root
            roots[str(tree.trail[2])] = root
    for index in [index for index, nbytes in enumerate(sizes) if nbytes >= _LARGE_BYTES]:
        tensor, trail = walk.tensors[index]
        if trail[0] is None:
            roots[str(trail[2])] = Root(weakref.ref(tensor), class_name(tensor), [])
    return roots


def _some_parameters(parts: list[Part]) -> list[weakref.ref[Any]]:
    found: list[weakref.ref[Any]] = []
    for part in parts:
        found += [weakref.ref(tensor) for _name, tensor, is_own in part.tensors if is_own]
        if len(found) >= _SOME:
            break
    return found[:_SOME]


def _name_of(torch: ModuleType, variables: Variables) -> str | None:
    """The name that the user gave PyTorch: ``torch`` if it is one of several."""
    names = [name for name, thing in variables.objects if thing is torch]
    return "torch" if "torch" in names else next(iter(names), None)
