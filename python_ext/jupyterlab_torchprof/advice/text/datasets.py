"""What the notebook's own classes of datasets speak of."""

from __future__ import annotations

import ast

from .code import read
from .program import Program


def names_device(program: Program, name: str) -> bool:
    """Whether the dataset's class stands in the notebook and speaks of devices."""
    for cell in program.cells:
        code = read(cell.source) if f"class {name}" in cell.source else None
        for node in ast.walk(code.tree) if code is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == name:
                return any(_is_device(part) for part in ast.walk(node))
    return False


def _is_device(node: ast.AST) -> bool:
    word = {ast.Name: "id", ast.Attribute: "attr", ast.keyword: "arg", ast.arg: "arg"}
    text = getattr(node, word.get(type(node), ""), None)
    return isinstance(text, str) and ("device" in text.lower() or text == "cuda")
