"""Optimizers that stepped in a run: how to speak of them, and where they were made."""

from __future__ import annotations

from dataclasses import dataclass

from ...record import Optimizer
from ..text.makers import assigned_to
from ..text.program import Program, Site
from .making import sites_at


def called(optimizer: Optimizer, *, start: bool = False) -> str:
    """Its name as code, or ``an optimizer (SGD)``; ``start``: of a sentence."""
    name = optimizer.variable or optimizer.name
    if name:
        return f"`{name}`"
    return f"{'An' if start else 'an'} optimizer ({optimizer.class_name})"


@dataclass(frozen=True, slots=True)
class Made:
    """An optimizer that stepped, and where it was made, if that is certain."""

    optimizer: Optimizer
    program: Program

    @property
    def name(self) -> str:
        """As a sentence begins with it."""
        return called(self.optimizer, start=True)

    def site(self) -> Site | None:
        """The call that made it."""
        sites, made = self._calls(), self.optimizer.made
        if made is not None:
            found = sites_at(made, sites)
        else:
            own = [site for site in sites if self.optimizer.variable in assigned_to(site.call)]
            found = own or sites
        return found[0] if len(found) == 1 else None

    def is_of_torch(self) -> bool:
        """Whether it is PyTorch's own class, not another one of that name.

        Either the text makes one, or a group has an option that only PyTorch's class has.
        """
        groups = self.optimizer.groups
        known = any(group.decoupled_weight_decay is not None for group in groups)
        return known or bool(self._calls())

    def _calls(self) -> list[Site]:
        of_class = self.optimizer.class_name
        names = (f"torch.optim.{of_class}", f"torch.optim.{of_class.lower()}.{of_class}")
        return list(self.program.calls(*names))
