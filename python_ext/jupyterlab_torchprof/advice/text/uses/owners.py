"""Whether an attribute can be read only by a text that has its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from types import NoneType

from ..code import dotted, read, resolve
from ..functions import assigned_by, functions_in, is_method
from ..notebook import has_word
from .scopes import attribute_reads, parents_of
from .values import root_name

_READ_ALL = frozenset(
    {"__dict__", "__getattribute__", "__getstate__", "__reduce__", "__slots__", "asdict", "astuple"}
    | {"attrgetter", "fields", "getmembers", "vars"}
)
"""Reach attributes whose names no text need have."""
_PLAIN_BASES = frozenset(
    {"abc.ABC", "object", "torch.nn.Module", "typing.Generic", "typing.Protocol"}
)
"""Classes whose own methods read no attribute of somebody else's."""
_HARMLESS = (ast.Attribute, ast.Compare, ast.Return)
"""What ``self`` may stand in without being handed on to somebody else."""
_NEW = (
    *(ast.BinOp, ast.Call, ast.Compare, ast.Constant, ast.Dict, ast.DictComp, ast.JoinedStr),
    *(ast.List, ast.ListComp, ast.Set, ast.SetComp, ast.UnaryOp),
)
_OF_FIELDS = (ast.Call, ast.Constant, NoneType)
"""What a class may say of an attribute that each object then has for itself."""
_NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})
_DECORATORS = frozenset({"dataclass", "dataclasses.dataclass"})


def has_own_readers_only(path: str, texts: Sequence[str], imports: Mapping[str, str]) -> bool:
    """Whether these texts alone tell who reads an attribute, as ``runner.saved``.

    What has it must be of a class that they define, or a mere namespace, and is handed on to
    nobody; and none of them goes through an object's attributes without naming them.
    """
    owner = path.rpartition(".")[0]
    return not any(reads_all(text, path) for text in texts) and _is_known(owner, texts, imports)


def methods_of_others(path: str, texts: Sequence[str], imports: Mapping[str, str]) -> set[str]:
    """Methods that these texts call, but only on other objects than the one with this attribute.

    Those must have names, each made by a class of these texts; then none can be the same object.
    What the attribute is set to must be made for it, so that no two objects can share it.
    """
    owner = path.rpartition(".")[0].rpartition(".")[2]
    methods = {each.name for text in texts for each in functions_in(text) if is_method(each)}
    called: dict[str, set[str]] = {}
    for code in map(read, texts):
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.Attribute) and node.attr in methods:
                called.setdefault(node.attr, set()).add(dotted(node.value).rpartition(".")[2])
            elif isinstance(node, ast.Constant) and node.value in methods:
                called.setdefault(node.value, set()).add(owner)
    others = {
        name
        for name, receivers in called.items()
        if not name.startswith("__") and receivers.isdisjoint({owner, "self"})
    }
    is_own = others and all(_makes_its_own(text, path.rpartition(".")[2]) for text in texts)
    if not is_own or not has_own_readers_only(path, texts, imports):
        return set()
    return {
        name for name in others if all(_is_known(each, texts, imports) for each in called[name])
    }


def _makes_its_own(source: str, attribute: str) -> bool:
    """Whether all that a text sets an attribute to is new there, and no class has it for all."""
    code = read(source) if has_word(source, attribute) else None
    new: set[ast.expr] = set()
    for node in ast.walk(code.tree) if code is not None else ():
        new.update(target for target, value in assigned_by(node) if isinstance(value, _NEW))
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, (*_NEW, NoneType)):
            new.add(node.target)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr == attribute and node not in new:
                return False
        elif isinstance(node, ast.ClassDef) and attribute in _shared_by_all(node):
            return False
    return True


def _shared_by_all(of_class: ast.ClassDef) -> Iterator[str | None]:
    """The names of a class that may be the same for all its objects."""
    for each in of_class.body:
        if isinstance(each, ast.AnnAssign) and not isinstance(each.value, _OF_FIELDS):
            yield _word(each.target)
        elif isinstance(each, ast.Assign) and not isinstance(each.value, ast.Constant):
            yield from map(_word, each.targets)


def reads_all(source: str, path: str) -> bool:
    """Whether a text hands on what has an attribute, or may read all attributes of something."""
    code = read(source)
    if code is None:
        return True
    if any(has_word(source, word) for word in (*path.split(".")[:-1], "self")):
        parents = parents_of(code.tree)
        if None in attribute_reads(code.tree, path, parents):
            return True
        own = (n for n in ast.walk(code.tree) if isinstance(n, ast.Name) and n.id == "self")
        if not all(isinstance(parents[node], _HARMLESS) for node in own):
            return True
    return any(map(_reads_all, ast.walk(code.tree)))


def _reads_all(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and dotted(node.func) == "getattr":
        return len(node.args) < 2 or not isinstance(node.args[1], ast.Constant)
    return getattr(node, "id", getattr(node, "attr", None)) in _READ_ALL


def _is_known(owner: str, texts: Sequence[str], imports: Mapping[str, str]) -> bool:
    """Whether all that is ever bound to this name is made of classes whose text is here."""
    trees = [code.tree for code in map(read, texts) if code is not None]
    classes = {
        node.name: node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    makers = [each for tree in trees for each in _makers(tree, owner.rpartition(".")[2])]
    return bool(makers) and all(_is_plain(each, classes, imports) for each in makers)


def _makers(tree: ast.AST, word: str) -> Iterator[str]:
    """What is called to make what a variable or an attribute of this name is bound to.

    Empty where it is bound in any other way.
    """
    called: set[ast.expr] = set()
    for node in ast.walk(tree):  # statements come before what they bind
        for target, value in assigned_by(node):
            if isinstance(value, ast.Call) and _word(target) == word:
                called.add(target)
                yield _maker(value)
        is_bound = isinstance(getattr(node, "ctx", None), ast.Store) and node not in called
        if is_bound and _word(node) == word:
            yield ""


def _maker(call: ast.expr) -> str:
    """``Runner`` of ``Runner(model).restore(path)``; ``lab.Runner`` of ``lab.Runner(model)``."""
    while isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        if not isinstance(call.func.value, ast.Call):
            return dotted(call.func)
        call = call.func.value
    return root_name(call) or ""


def _word(node: ast.AST) -> str | None:
    return getattr(node, "id", getattr(node, "attr", None))


def _is_plain(
    name: str, classes: Mapping[str, ast.ClassDef], imports: Mapping[str, str], depth: int = 8
) -> bool:
    """Whether all methods of a class stand in these texts, as far as they may read attributes."""
    known = classes.get(name)
    if known is None:
        return resolve(name, imports) in _PLAIN_BASES | _NAMESPACES
    bases = [each.value if isinstance(each, ast.Subscript) else each for each in known.bases]
    marks = [each.func if isinstance(each, ast.Call) else each for each in known.decorator_list]
    return (
        depth > 0
        and not known.keywords
        and all(resolve(dotted(each), imports) in _DECORATORS for each in marks)
        and all(_is_plain(dotted(each), classes, imports, depth - 1) for each in bases)
    )
