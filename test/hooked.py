"""All that the probes touch in PyTorch, by identity."""

from __future__ import annotations

import sys

import torch
import torch.nn.modules.module
import torch.optim.optimizer
import torch.utils.data


def snapshot() -> dict[str, object]:
    """All that the probes touch, by identity."""
    module = torch.nn.modules.module
    optimizer = sys.modules["torch.optim.optimizer"]
    loader = torch.utils.data.dataloader._BaseDataLoaderIter
    return {
        "load": torch.load,
        "serialization.load": torch.serialization.load,
        "_apply": torch.nn.Module.__dict__["_apply"],
        "backward": torch.autograd._engine_run_backward,
        "graph backward": torch.autograd.graph._engine_run_backward,
        "compile": torch.compile,
        "call": torch.nn.Module.__dict__["_wrapped_call_impl"],
        "call's code": torch.nn.Module.__dict__["_wrapped_call_impl"].__code__,
        "next": loader.__dict__["__next__"],
        "pre hooks": tuple(module._global_forward_pre_hooks.items()),
        "hooks": tuple(module._global_forward_hooks.items()),
        "always": tuple(module._global_forward_hooks_always_called.items()),
        "step hooks": tuple(optimizer._global_optimizer_post_hooks.items()),
    }
