"""How the bounds of a walk are shared between the graphs of several variables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from jupyterlab_torchprof.patches import Patches
from jupyterlab_torchprof.probes.graphs.graph import GraphWalk
from jupyterlab_torchprof.probes.graphs.hooked_nodes import HookedNodes
from jupyterlab_torchprof.probes.graphs.kept import Graph, GraphBounds, sizes_of
from jupyterlab_torchprof.probes.graphs.saved_tensors import hides_hooks
from jupyterlab_torchprof.probes.objects.tensors import Tensors
from torch import Tensor, nn

_AMPLE_S = 600.0
_ROWS = 16


@pytest.fixture
def model() -> nn.Module:
    return nn.Sequential(*(layer for _ in range(10) for layer in (nn.Linear(8, 8), nn.Tanh())))


@pytest.fixture
def tensors() -> Iterator[Tensors]:
    if not hides_hooks(torch):
        yield Tensors(torch)
        return
    # Before PyTorch 2.10 only nodes are read that were made while somebody watched.
    hooked, patches = HookedNodes.of(torch), Patches()
    hooked.attach(patches)
    yield Tensors(torch)
    hooked.detach()
    patches.restore()


def _spent(model: nn.Module, count: int) -> list[Tensor]:
    losses = [model(torch.ones(_ROWS, 8)).square().mean() for _ in range(count)]
    for loss in losses:
        loss.backward()
    return losses


def _walk(
    tensors: Tensors,
    variables: dict[str, list[Tensor]],
    nodes: int,
    spent: list[Tensor] | None = None,
) -> tuple[GraphWalk, dict[str, Graph]]:
    with tensors.quiet():
        walk = GraphWalk(tensors, GraphBounds(nodes=nodes, seconds=_AMPLE_S))
        roots = {name: [one.grad_fn for one in some] for name, some in variables.items()}
        return walk, walk.walk_all(roots, [one.grad_fn for one in spent or []])


def _alone(tensors: Tensors, some: list[Tensor]) -> Graph:
    return _walk(tensors, {"alone": some}, 1_000_000)[1]["alone"]


def test_spent_graphs_leave_the_bounds_to_others(tensors, model):
    losses, kept = _spent(model, 40), [model(torch.ones(_ROWS, 8)) for _ in range(4)]
    whole = _alone(tensors, kept)
    bounds = 2 * len(losses) + whole.nodes + 20  # a loss has 2 nodes until one is found freed
    assert bounds < _alone(tensors, losses).nodes
    for variables in ({"losses": losses, "kept": kept}, {"kept": kept, "losses": losses}):
        _walked, graphs = _walk(tensors, variables, bounds)
        assert (graphs["kept"].nodes, graphs["kept"].truncated) == (whole.nodes, False)
        assert sizes_of(graphs["kept"].saved) == sizes_of(whole.saved)
        assert graphs["losses"].truncated
        assert graphs["losses"].freed
        assert not graphs["losses"].saved
        assert sum(graph.nodes for graph in graphs.values()) == bounds


def test_each_variable_gets_its_part(tensors, model):
    long, kept = torch.zeros(1, requires_grad=True), [model(torch.ones(_ROWS, 8))]
    for _ in range(2000):
        long = long + 1
    whole = _alone(tensors, kept)
    _walked, graphs = _walk(tensors, {"long": [long], "kept": kept}, 1000)
    assert not graphs["kept"].truncated
    assert sizes_of(graphs["kept"].saved) == sizes_of(whole.saved)
    # What the others do not need is the long one's.
    assert graphs["long"].nodes == 1000 - whole.nodes
    assert graphs["long"].truncated


def test_what_is_left_is_taken_in_a_longer_look(tensors, model):
    losses = _spent(model, 40)
    long = torch.zeros(1, requires_grad=True)
    for _ in range(2000):
        long = long + 1
    walk, graphs = _walk(tensors, {"losses": losses, "long": [long]}, 500)
    seen = graphs["losses"].nodes
    with tensors.quiet():
        walk.go_on(GraphBounds(nodes=100_000, seconds=_AMPLE_S))
    assert (graphs["long"].nodes, graphs["long"].truncated) == (2001, False)
    assert graphs["losses"].nodes == seen  # below freed nodes it looks no further
    assert graphs["losses"].truncated


def test_spent_roots_that_are_known_come_last(tensors, model):
    losses, kept = _spent(model, 40), [model(torch.ones(_ROWS, 8))]
    walk, _graphs = _walk(tensors, {"losses": losses}, 1_000_000)
    assert all(walk.is_spent(loss.grad_fn) for loss in losses)
    assert not any(walk.is_spent(one.grad_fn) for one in kept)
    whole = _alone(tensors, kept)
    _walked, graphs = _walk(
        tensors, {"losses": losses, "kept": kept}, 2 * whole.nodes, spent=losses
    )
    assert not graphs["kept"].truncated
    assert graphs["losses"].nodes == whole.nodes
    assert graphs["losses"].freed


def test_what_is_still_kept_below_a_spent_node_is_found(tensors, model):
    hidden = model(torch.ones(_ROWS, 8))
    loss = hidden.square().mean()
    torch.autograd.grad(loss, hidden)
    walk, graphs = _walk(tensors, {"loss": [loss]}, 1000)
    assert walk.is_spent(loss.grad_fn)
    assert not walk.is_spent(hidden.grad_fn)
    below = _alone(tensors, [hidden])
    assert graphs["loss"].freed
    assert sizes_of(graphs["loss"].saved) == sizes_of(below.saved)
    assert sizes_of(below.saved).saved_bytes > 0


def test_a_graph_is_the_first_ones_that_reaches_it(tensors, model):
    hidden = model(torch.ones(_ROWS, 8))
    loss = hidden.square().mean()
    _walked, graphs = _walk(tensors, {"loss": [loss], "hidden": [hidden]}, 1000)
    assert graphs["hidden"].nodes == 0
    assert graphs["loss"].nodes == _alone(tensors, [loss]).nodes
