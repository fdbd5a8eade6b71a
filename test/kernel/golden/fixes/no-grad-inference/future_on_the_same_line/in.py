from __future__ import annotations; out = model(x)  # forward
