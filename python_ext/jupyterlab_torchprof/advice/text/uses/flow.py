"""Follow a variable through the texts of cells, by every name that its value gets."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from ..code import dotted, imports_in, read
from ..functions import attributes_set_in, functions_in, is_among, made_by_imports
from ..libraries import is_library
from ..names import owners_of
from ..notebook import has_word, hides
from .owners import methods_of_others
from .scopes import (
    FUNCTIONS,
    attribute_reads,
    is_local,
    method_around,
    methods_read,
    parents_of,
    reads,
)
from .to_come import calls_own_modules

_MAX_NAMES = 12
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOKS = frozenset({"display", "isinstance", "len", "print", "repr", "str", "type"})


@dataclass(slots=True)
class Uses:
    """The uses of a variable in some cells, and of what was made from it."""

    to_host: bool = False
    """Something takes the values to the host."""
    computes: bool = False
    """Something computes with them."""
    returned: bool = False
    """The function whose body a text is returns them."""
    returning: set[str] = field(default_factory=set)
    """Other functions that return them, also as what a property is; they are followed, too."""
    attributes: set[str] = field(default_factory=set)
    """What gets them and was not followed: ``self.best``."""
    elsewhere: dict[str, None] = field(default_factory=dict)
    """Texts that do with them what cannot be followed, or what is not allowed."""
    readers: set[str] = field(default_factory=set)
    """Texts that read them."""
    names: set[str] = field(default_factory=set)
    """All that they were followed by, attributes as they are written."""


class Follower(ABC):
    """Follows names through one cell; what may be done with a value is its subclasses' matter."""

    def __init__(self, uses: Uses, source: str, tree: ast.AST) -> None:
        """``uses`` takes the findings."""
        self.uses = uses
        self.source = source
        self.tree = tree
        self.parents = parents_of(tree)
        self.aliases: set[str] = set()
        self._climbed: set[ast.AST] = set()
        self.known: set[str] = set()
        """Functions of these texts, and modules: no others may be called on what has the value."""
        self.plain: set[str] = set()
        """Attributes that these texts set."""
        self.foreign: set[str] = set()
        """Names that get what a module makes, whose methods no name tells."""
        self.others: set[str] = set()
        """Methods that are called on other objects only than the one that has an attribute."""

    def follow(self, name: str, *, within: bool, is_function: bool) -> None:
        """Follow one name, or attribute; of a function, what its calls return."""
        if "." in name:
            self._follow_attribute(name)
            return
        found: Iterator[ast.expr] = reads(self.tree, name, self.parents, within=within)
        for node in chain(found, methods_read(self.tree, name) if is_function else ()):
            self.uses.readers.add(self.source)
            parent = self.parents[node]
            if is_function and isinstance(parent, ast.Call) and parent.func is node:
                self._climb(parent)
            elif is_function and isinstance(node, ast.Name):
                self.give_up()
            else:
                self._climb(node)
        if hides(self.source, name):
            self.uses.readers.add(self.source)
            self.give_up()

    def _follow_attribute(self, path: str) -> None:
        for node in attribute_reads(self.tree, path, self.parents):
            self.uses.readers.add(self.source)
            if node is None:
                self.give_up()
            elif (
                dotted(node.value) != "self" or method_around(node, self.parents) not in self.others
            ):
                self._climb(node)
        owners = owners_of(path)
        for each in ast.walk(self.tree):
            if (
                isinstance(each, ast.Attribute)
                and dotted(each.value) in owners
                and dotted(each.value) != "self"
                and dotted(each) not in (path, *owners)
                and self._may_run(each)
            ):
                self.uses.readers.add(self.source)
                self.give_up()

    def _is_of_others(self, node: ast.AST) -> bool:
        return method_around(node, self.parents) in self.others

    def _may_run(self, attribute: ast.Attribute) -> bool:
        """Whether it may be a method or a property that is not known."""
        parent, path, name = self.parents[attribute], dotted(attribute), attribute.attr
        is_foreign = is_among(self.foreign, path)
        if isinstance(parent, ast.Call) and parent.func is attribute:
            return self.known.isdisjoint((path,) if is_foreign else (path, name))
        if not isinstance(attribute.ctx, ast.Load) or path in self.known:
            return False
        return name in self.known or (is_foreign and name not in self.plain)

    def give_up(self) -> None:
        """The way of the value cannot be followed, or must not lead there."""
        self.uses.elsewhere[self.source] = None

    def each(self, target: ast.expr, scope: ast.AST) -> None:
        """Follow what a loop binds one after the other, within its scope."""
        names = {
            name.id
            for name in ast.walk(target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
                self._climb(node)

    def bind(self, targets: Sequence[ast.expr], place: ast.AST) -> bool:
        """Take names and attributes as further names of the value; ``False`` at other targets."""
        around: ast.AST | None = place
        while around is not None and not isinstance(around, FUNCTIONS):
            if isinstance(around, ast.ClassDef):
                return False  # an attribute of the class
            around = self.parents.get(around)
        for target in targets:
            if isinstance(target, ast.Name) and around is not None and is_local(around, target.id):
                self.each(target, around)
            elif "?" not in dotted(target):
                self.aliases.add(dotted(target))
        return not any("?" in dotted(target) for target in targets)

    @abstractmethod
    def up(self, node: ast.AST, parent: ast.AST) -> ast.AST | None:
        """What the value of a node becomes a part of; ``None`` where its way ends."""

    def _climb(self, node: ast.AST) -> None:
        """Follow the value upwards; a loop over ``x in x.split(2)`` leads back to itself."""
        current: ast.AST | None = node
        while current is not None and current not in self._climbed:
            self._climbed.add(current)
            current = self.up(current, self.parents[current])


def follow(
    kind: Callable[[Uses, str, ast.AST], Follower],
    texts: Sequence[str],
    names: Collection[str],
    *,
    own: str | None = None,
    functions: Collection[str] = (),
    modules: Collection[str] = (),
) -> Uses:
    """Follow variables through cells, run or not.

    ``own`` is the cell that bound them; elsewhere a new binding above a read hides them. A name
    may be of an attribute (``self.history``), which nothing hides. ``functions``: those whose
    calls return such values; ``modules``: what keeps nothing when it is called.
    """
    uses = Uses()
    every = (*texts, own or "")
    known = {each.name for text in every for each in functions_in(text)}
    known |= set(modules)
    plain = {name for text in every for name in attributes_set_in(text)}
    foreign = made_by_imports(every, but=is_library)
    imports = imports_in(every)
    origins: dict[str, set[str]] = {name: {own or ""} for name in (*names, *functions)}
    pending = list(origins)
    while pending:
        name = pending.pop()
        if is_among(foreign, name):  # its module may have kept it
            callers = [text for text in texts if calls_own_modules(text, imports, ())]
            uses.elsewhere.update(dict.fromkeys(callers))
            uses.readers.update(callers)
        others = methods_of_others(name, every, imports) if "." in name else set()
        for source in texts:
            words = (name.partition(".")[0], name.rpartition(".")[2])
            if not any(has_word(source, word) for word in words):
                continue
            code = read(source)
            if code is None:
                uses.elsewhere[source] = None
                continue
            follower = kind(uses, source, code.tree)
            follower.known, follower.plain, follower.foreign = known, plain, foreign
            follower.others = others
            within = source in origins[name]
            is_function = name in functions or name in uses.returning
            follower.follow(name, within=within, is_function=is_function)
            for alias in sorted(follower.aliases | uses.returning - origins.keys()):
                where = origins.setdefault(alias, set())
                if source not in where:
                    where.add(source)
                    pending.append(alias)
        if len(origins) > _MAX_NAMES + len(names):
            uses.elsewhere.update(dict.fromkeys(texts))
            break
    uses.names.update(origins)
    return uses


def arguments(call: ast.Call) -> Iterator[ast.expr]:
    """All of a call, with or without a name."""
    yield from call.args
    yield from (word.value for word in call.keywords)
