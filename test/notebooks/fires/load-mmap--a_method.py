# advice: load load-mmap 20
# machine: {"loads.file_bytes": 4e8, "loads.host_growth_bytes": 4e8, "loads.landed": {"cpu": 4e8}}
# %% setup
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import load as tload
from torch.serialization import save as write

torch.manual_seed(0)
path = Path(tempfile.mkdtemp()) / "model.pt"
write({"weight": torch.randn(64, 64)}, path)

@dataclass
class Store:
    root: Path
    state: dict[str, Any] = field(default_factory=dict)

    def open(self, name):
        self.state = tload(self.root / name, map_location="cpu")
        return self
# %% load
store = Store(path.parent).open("model.pt")
weight = store.state["weight"].to(DEVICE)
print(weight.mean().item())
