"""Which accelerator this PyTorch was built for, in all of its versions; nothing is initialised."""

from __future__ import annotations

from typing import Any


def accelerator_type(torch: Any) -> str | None:
    """Device type of the accelerator, such as ``"cuda"``; ``None`` if there is none."""
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None:
        try:
            device = accelerator.current_accelerator()
        except RuntimeError:  # PyTorch 2.6.0 raises where others say None
            return None
        return None if device is None else str(device.type)
    # PyTorch before 2.6
    if torch.version.cuda or torch.version.hip:
        return "cuda"
    return "mps" if torch.backends.mps.is_built() else None
