"""Clipping of gradients that a scaler has multiplied."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from ... import fixes
from ...words import count_of
from ..grammar import Case, Finding, Remedy, Rule
from ..grammar.asking import ask
from ..text.code import Call, dotted, read
from ..text.constructors import sites_of
from ..text.makers import assigned_to
from ..text.program import Site
from ..text.settings import ACCELERATE
from ..text.sites import sites_of_run

_OF_ACCELERATE = ("clip_grad_norm_", "clip_grad_value_")
_LIMITS = frozenset({"max_norm", "clip_value"})
_CLIPS = ("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_value_")


class UnscaleBeforeClip(Rule):
    """Gradients are clipped while they are multiplied by the loss scale, so that the limit is many
    times too small.

    Evidence: A call of `clip_grad_norm_` or `clip_grad_value_` after the backward of a scaled loss,
    without `unscale_` in between.

    Fix: Writes `scaler.unscale_(optimizer)` above the clipping. By hand where a library has the
    scaler: its own clipping, `gradient_clip_val`, `max_grad_norm` or `accelerator.clip_grad_norm_`,
    divides the gradients first.

    Silent: Where gradients were unscaled first, or the scaler is off.

    Sources:
        https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-clipping

    Notes: Nothing is predicted: what changes is what is learned. The fix takes the names that the
    text itself uses.
    """

    id = "unscale-before-clip"
    severity = "high"

    def find(self, case: Case) -> Finding | None:
        """Calls that clipped scaled gradients."""
        clips = case.grad.clips_scaled
        if not clips:
            return None
        return Finding(
            title="Gradients are clipped while they are multiplied by the loss scale.",
            explanation=(
                "The scaler multiplies the loss, and with it all gradients, so that the limit of "
                "the clipping is as many times too small. `unscale_` divides the gradients first; "
                "the step then does not do it again."
            ),
            evidence=[f"{count_of(clips, 'call')} clipped scaled gradients."],
            remedy=_unscale_above(case),
        )


def _unscale_above(case: Case) -> Callable[[], Remedy]:
    sites = sites_of_run(case.program, case.program.calls(*_CLIPS))
    by_library = _by_library(case, sites)
    if by_library is not None:
        return case.by_hand(by_library, lines=[case.line(case.grad.clip_place)])
    names = clip_names(sites[0]) if len(sites) == 1 else None
    if names is None:
        return case.by_hand(
            "Call scaler.unscale_(optimizer) above the clipping, once for each optimizer.",
            lines=[case.line(case.grad.clip_place)],
        )
    site = sites[0]
    return case.edit(
        lambda: fixes.scaler.unscale_above(
            site.record.source, site.call.place, *names, cell_id=site.record.cell_id
        ),
        site,
    )


def _by_library(case: Case, clips: Sequence[Site]) -> str | None:
    """What clips where a library has the scaler: it divides the gradients first."""
    site = clips[0] if len(clips) == 1 else None
    limit = _limit(site.call) if site is not None else "1.0"
    asked = ask(case, case.grad.clip_place, {"clipping": limit})
    if asked is not None:
        return (
            f"Leave this call out and set {asked.words}: the library divides the gradients first."
        )
    makers = sites_of(case.program, ACCELERATE, ACCELERATE.loops)
    names = {name for each in makers for name in assigned_to(each.call)}
    name = names.pop() if len(names) == 1 else None
    if name is None or site is None or site.call.method not in _OF_ACCELERATE:
        return None
    if not any(each.call.receiver == name for each in case.program.methods("backward")):
        return None
    return f"Call `{name}.{site.call.method}` instead: it divides the gradients first."


def _limit(clip: Call) -> str:
    """The limit as the call writes it, where it is a number."""
    given = [*clip.node.args[1:2], *(clip.keywords[each] for each in _LIMITS & {*clip.keywords})]
    found = given[0] if given else None
    return ast.unparse(found) if isinstance(found, ast.Constant) else "1.0"


def clip_names(clip: Site) -> tuple[str, str] | None:
    """Scaler and optimizer as the function that clips names them where it steps."""
    code = read(clip.record.source)
    found: set[tuple[str, str]] = set()
    for call in code.calls if code is not None else ():
        if call.method != "step" or call.function != clip.call.function:
            continue
        arguments = call.node.args
        if len(arguments) == 1 and "?" not in dotted(arguments[0]):
            found.add((call.receiver, dotted(arguments[0])))
    return found.pop() if len(found) == 1 else None
