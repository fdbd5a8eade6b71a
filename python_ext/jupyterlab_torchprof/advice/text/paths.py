"""Variables, attributes and items as the user writes them: ``loss``, ``self.log["loss"]``."""

from __future__ import annotations

import ast
import json


def path_of(node: ast.AST) -> str | None:
    """A chain of names, attributes and constant keys as text; ``None`` for anything else.

    >>> path_of(ast.parse("lab.log['loss']", mode="eval").body)
    'lab.log["loss"]'
    """
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = path_of(node.value)
        return None if owner is None else f"{owner}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        owner, key = path_of(node.value), node.slice.value
        text = json.dumps(key, ensure_ascii=False) if isinstance(key, str) else repr(key)
        return None if owner is None else f"{owner}[{text}]"
    return None


def is_part(path: str, whole: str) -> bool:
    """Whether a path is another one, or an attribute or an item of what is there."""
    return path.startswith(whole) and path[len(whole) : len(whole) + 1] in ("", ".", "[")
