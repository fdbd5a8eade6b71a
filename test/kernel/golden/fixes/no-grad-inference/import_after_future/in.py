"""What it says."""
from __future__ import annotations

# the forward
scale: int = 2
out = model(x)  # forward
