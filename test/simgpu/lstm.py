"""On an accelerator ``nn.LSTM`` asks for a fused cell, for which the CPU has no kernel."""

from __future__ import annotations

import torch
from torch import Tensor


def cell(
    input_gates: Tensor,
    hidden_gates: Tensor,
    cx: Tensor,
    input_bias: Tensor | None = None,
    hidden_bias: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """New hidden state, new cell state, and what the backward needs."""
    gates = input_gates + hidden_gates
    if input_bias is not None and hidden_bias is not None:
        gates = gates + input_bias + hidden_bias
    i, f, g, o = gates.chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cy = f * cx + i * g
    return o * cy.tanh(), cy, torch.cat([i, f, g, o], 1)


def cell_backward(  # noqa: PLR0917  the operator's own signature
    grad_hidden: Tensor | None,
    grad_cell: Tensor | None,
    cx: Tensor,
    cy: Tensor,
    saved: Tensor,
    has_bias: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the gates, of the old cell state and of the bias."""
    i, f, g, o = saved.chunk(4, 1)
    t = cy.tanh()
    gh = torch.zeros_like(cy) if grad_hidden is None else grad_hidden
    d = gh * o * (1 - t * t)
    if grad_cell is not None:
        d = d + grad_cell
    gates = torch.cat(
        [d * g * i * (1 - i), d * cx * f * (1 - f), d * i * (1 - g * g), gh * t * o * (1 - o)], 1
    )
    return gates, d * f, gates.sum(0) if has_bias else gates.new_empty(0)


def register() -> None:
    """Give the device its cell."""
    for name, kernel in (
        ("aten::_thnn_fused_lstm_cell", cell),
        ("aten::_thnn_fused_lstm_cell_backward_impl", cell_backward),
    ):
        torch.library.impl(name, "PrivateUse1")(kernel)
