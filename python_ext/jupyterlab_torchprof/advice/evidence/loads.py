"""Whose a recorded load is, and which ``torch.load`` of the text."""

from __future__ import annotations

import ast
from pathlib import PurePath

from ...derive import line_of
from ...record import Load
from ..text.program import Program, Site
from ..text.sites import sites_of_run


def is_own(load: Load) -> bool:
    """Whether the user's own code called ``torch.load``, so that its arguments are theirs."""
    return load.call == "torch.load" and load.library is None


def maker_of(load: Load) -> str:
    """Who loads: ``from_pretrained`` of transformers."""
    return f"`{load.call}`" + (f" of {load.library}" if load.library else "")


def site_of(program: Program, load: Load) -> Site | None:
    """The call of a load of the run; ``None`` if several may be meant."""
    sites = sites_of_run(program, program.calls("torch.load"))
    line = line_of(program.record, load.place)
    here = [
        site
        for site in sites
        if site.record is program.record
        and line is not None
        and site.call.line <= line <= site.call.place.end_line
    ]
    found = here or [site for site in sites if site.call.function is not None]
    return found[0] if len(found) == 1 else None


def is_saved_here(program: Program, load: Load) -> bool:
    """Whether a ``torch.save`` of the cells so far may have written the file of a load.

    One that names another file has not.
    """
    own = PurePath(load.path).name if load.path else None
    return any(
        own is None or _saved_to(site) in (None, own) for site in program.calls("torch.save")
    )


def _saved_to(site: Site) -> str | None:
    """The name of the file that a ``torch.save`` writes, if the text says it."""
    arguments = site.call.node.args
    target = arguments[1] if len(arguments) > 1 else site.call.keywords.get("f")
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return PurePath(target.value).name
    return None


def reads_path(site: Site) -> bool:
    """Whether the call's first argument is no file that the text opens."""
    arguments = site.call.node.args
    first = arguments[0] if arguments else site.call.keywords.get("f")
    if first is None or (isinstance(first, ast.Call) and _is_open(first)):
        return False
    if not isinstance(first, ast.Name):
        return True
    return not any(
        isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == first.id
        for parent in site.call.parents
        if isinstance(parent, ast.With)
        for item in parent.items
    )


def _is_open(call: ast.Call) -> bool:
    function = call.func
    return "open" in (getattr(function, "id", ""), getattr(function, "attr", ""))
