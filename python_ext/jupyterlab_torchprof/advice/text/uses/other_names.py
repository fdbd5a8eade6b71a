"""Which other names a text gives to a value that one of its lines uses."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from ..code import Call, dotted, read
from ..functions import Function, binds, shares
from .graphs import container, graph_uses


def other_names(
    calls: Collection[tuple[str, Call]], modules: Collection[str], imports: Mapping[str, str]
) -> tuple[set[str], bool]:
    """What else has the tensors with a graph that these methods are called on.

    ``calls``, each with the text that it stands in, have run: aliases, attributes, containers. Of
    a function its own names are left out, which nobody else can read. ``False`` with them where a
    tensor is handed on in a way that cannot be followed, to a function that may keep it.
    """
    found: set[str] = set()
    is_known = True
    for source, call in calls:
        around = [each for each in call.parents if isinstance(each, Function)]
        text = source if not around else "\n".join(map(ast.unparse, around[-1].body))
        if "?" in call.receiver or not call.receiver:
            is_known = False
            continue
        names = {call.receiver, *_bound_with(text, call.receiver)}
        uses = graph_uses([text], names, own=text, modules=modules, imports=imports, asked=True)
        found |= {name for name in uses.names if not around or _is_shared(name, around[-1])}
        is_known = is_known and not uses.elsewhere
    return found, is_known


def _is_shared(name: str, function: Function) -> bool:
    """Whether others than the function can read it: an attribute, or a name that is not its own."""
    return "." in name or shares(function, name) or not binds(function, name)


def _bound_with(text: str, name: str) -> set[str]:
    """Targets of the assignments that bind several names to one value: ``total = loss = …``."""
    code = read(text)
    found: set[str] = set()
    for node in ast.walk(code.tree) if code is not None else ():
        if isinstance(node, ast.Assign) and len(node.targets) > 1:
            targets = {dotted(container(each)) for each in node.targets}
            found |= targets if name in targets else set()
    return {each for each in found if "?" not in each}
