"""Which functions of the cells give nothing on but by their return."""

from __future__ import annotations

import pytest
from jupyterlab_torchprof.advice.evidence.feeding import may_feed_training
from jupyterlab_torchprof.advice.text.uses.plain_functions import plain_functions
from jupyterlab_torchprof.record import PlacedModule, Placement

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


CONTRASTIVE = """\
import torch
import torch.nn.functional as F
memory = []
def nt_xent(a, b):
    {keeps}
    return F.mse_loss(a, torch.roll(b, 1))
def validate():
    first = net(x)
    second = net(y)
    return nt_xent(first, second).item()
"""


@pytest.mark.parametrize(("keeps", "may"), [("n = len(a)", False), ("memory.append(b)", True)])
def test_what_two_forwards_of_a_validation_go_into(build, keeps, may):
    definition = CONTRASTIVE.format(keeps=keeps)
    body = "first = net(x)\nsecond = net(y)\ntotal = nt_xent(first, second).item()\n"
    module = PlacedModule(
        path="net", class_name="Net", training=False, parameters=1, parameter_bytes=4,
        buffer_bytes=0, gradient_bytes=0,
    )  # fmt: skip
    record = build.record(body, "run", placement=Placement(torch_name="torch", modules=[module]))
    history = [build.record(definition, "define"), record]
    assert may_feed_training(record, history, 1) is may
    assert may_feed_training(record, history, 2) is may
