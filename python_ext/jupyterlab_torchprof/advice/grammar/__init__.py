"""How a rule is written: a `Rule` is asked about a `Case` and answers with a `Finding`."""

from .case import Case
from .finding import Finding, Remedy
from .rule import Alters, Rule
from .untrained import OfUntrained

__all__ = ["Alters", "Case", "Finding", "OfUntrained", "Remedy", "Rule"]
