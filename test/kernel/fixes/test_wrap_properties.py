"""The wrap fix on generated cells: whatever it offers parses and is applied only once."""

from __future__ import annotations

import ast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jupyterlab_torchprof.fixes.apply import apply_edits
from jupyterlab_torchprof.fixes.mask import mask
from jupyterlab_torchprof.fixes.wrap import CannotFix, wrap_no_grad

FORWARDS = [
    "out = model(x)",
    "model(x)",
    "model(x);",
    "a = 1; out = model(x)  # note",
    "out = model(\n  x\n)",
    "out, text = model(x), '''\n a\n\tb\n'''",
    "face = '😀'; model(x)",
    "%time out = model(x)",
    "out = \\\n model(x)",
    "(model(x)\n  .sum())",
]
OTHERS = [
    "import torch",
    "import torch as t",
    "# a comment",
    "",
    "y = 1",
    "!ls 'x",
    'text = f"""\n  {y}\n"""',
    "def f(a):\n    return model(a)",
    "output = 2",
    "loss.backward()",
    "with torch.no_grad():\n    z = 1",
]
HEADS = [
    "for x in xs:",
    "if flag:",
    "with lock:",
    "while model(x) > 0:",
    "try:",
    "for out in map(model, xs):  # 😀",
]


@st.composite
def blocks(draw, depth=0):
    statements = draw(
        st.lists(
            st.one_of(
                st.sampled_from(FORWARDS),
                st.sampled_from(OTHERS),
                compounds(depth=depth + 1) if depth < 2 else st.nothing(),
            ),
            min_size=1,
            max_size=4,
        )
    )
    return statements


@st.composite
def compounds(draw, depth):
    head = draw(st.sampled_from(HEADS))
    unit = draw(st.sampled_from(["    ", "  ", "\t"]))
    # Strings are not indented with their statement.
    body = [line for part in draw(blocks(depth=depth)) for line in indent(part, unit)]
    body.append(f"{unit}pass")
    if head == "try:":
        body += ["finally:", f"{unit}model(x)"]
    return "\n".join([head, *body])


def indent(part, unit):
    inside = False
    for line in part.split("\n"):
        yield line if inside else unit + line
        if (line.count("'''") + line.count('"""')) % 2:
            inside = not inside


@st.composite
def cells(draw):
    top = draw(st.sampled_from(["", "%%time\n", "\n# top\n", "'''doc'''\n"]))
    source = top + "\n".join(draw(blocks())) + draw(st.sampled_from(["", "\n"]))
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@settings(deadline=None)
@given(cells(), st.data())
def test_offers_are_sound(source, data):
    lines = source.splitlines()
    forwards = [n for n, line in enumerate(lines, 1) if "model(" in line or "map(model" in line]
    assume(forwards)
    chosen = data.draw(st.lists(st.sampled_from(forwards), min_size=1, max_size=3, unique=True))
    torch_name = data.draw(st.sampled_from([None, "torch", "t"]))
    try:
        wrapped = wrap_no_grad(source, chosen, cell_id="c", torch_name=torch_name)
    except CannotFix as refusal:
        assert str(refusal).endswith(".")
        return
    fixed = apply_edits(source, wrapped.fix.edits)  # raises if edits overlap
    ast.parse(mask(fixed).text)
    assert without(fixed) == without(source)
    for number, line in enumerate(fixed.splitlines(), 1):
        if line.strip().startswith("with ") and line.endswith("no_grad():"):
            assert_wrapped_once(fixed, number + 1, torch_name)


def without(source):
    """The text without what a fix may add, and without blanks."""
    for added in ("import torch", "output_2", "shown", "result", "output"):
        source = source.replace(f"{added} = ", "").replace(added, "")
    for name in ("torch", "t", ""):
        source = source.replace(f"with {name}.no_grad():", "")
    return "".join(source.split())


def assert_wrapped_once(fixed, line, torch_name):
    with pytest.raises(CannotFix):
        wrap_no_grad(fixed, [line], cell_id="c", torch_name=torch_name)
