"""Whether an attribute can be read only by a text that has its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from ..code import dotted, read, resolve
from ..functions import assigned_by
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
_NAMESPACES = frozenset({"argparse.Namespace", "types.SimpleNamespace"})
_DECORATORS = frozenset({"dataclass", "dataclasses.dataclass"})


def has_own_readers_only(path: str, texts: Sequence[str], imports: Mapping[str, str]) -> bool:
    """Whether these texts alone tell who reads an attribute, as ``runner.saved``.

    What has it must be of a class that they define, or a mere namespace, and is handed on to
    nobody; and none of them goes through an object's attributes without naming them.
    """
    owner = path.rpartition(".")[0]
    return not any(reads_all(text, path) for text in texts) and _is_known(owner, texts, imports)


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
        if any(isinstance(parents[node], (ast.Call, ast.keyword)) for node in own):
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
