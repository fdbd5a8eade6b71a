"""Which functions of the cells give nothing on but by their return."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.text.uses.plain_functions import plain_functions

IMPORTS = {"torch": "torch", "F": "torch.nn.functional", "np": "numpy"}
LOSS = """\
def similarity(a, b):
    z = F.normalize(torch.cat([a, b]), dim=1)
    return z @ z.T

def loss(a, b):
    scores = similarity(a, b)
    scores[0] = 0
    parts = []
    parts.append(scores.sum())
    print(len(parts))
    return sum(parts) / net(a).mean()
"""


def plain(*texts):
    return plain_functions(texts, ["net"], IMPORTS)


def test_a_loss_of_two_embeddings():
    assert plain(LOSS) == {"similarity", "loss"}


@pytest.mark.parametrize(
    "line",
    [
        "memory.append(b)",
        "a.append(b)",
        "a[0] = b",
        "a.kept = b",
        "bank[0] = b",
        "global kept",
        "yield b",
        "loss(a, b).backward()",
        "a.sum().backward()",
        "wandb.log(b)",
        "np.save('x', b)",
        "torch.save(b, 'x')",
        "other(b)",
        "later = lambda: b",
        "Kept(b)",
    ],
)
def test_what_may_keep_what_it_gets(line):
    text = f"def own(a, b):\n    {line}\n    return a\n"
    assert plain(LOSS, text) == {"similarity", "loss"}
    assert plain(f"{text}def outer(a, b):\n    return own(a, b)\n") == set()


def test_every_definition_counts():
    assert plain(LOSS, "def similarity(a, b):\n    memory.append(b)\n") == set()


def test_a_method_or_a_decorated_function_is_none():
    assert plain("class A:\n    def f(self, a):\n        return a\n") == set()
    assert plain("@cache\ndef f(a):\n    return a\n") == set()
