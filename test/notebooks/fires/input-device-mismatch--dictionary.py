# advice: b input-device-mismatch 4
# needs: accelerator
# fixed: not compared: the cell failed before
# %% a
import torch
from torch import nn

torch.manual_seed(0)
device = torch.device(DEVICE)
model = nn.Bilinear(16, 16, 4).to(device)
batches = [{"left": torch.randn(8, 16), "right": torch.randn(8, 16)} for _ in range(3)]
# %% b
# raises: RuntimeError
for batch in batches:
    with torch.no_grad():
        out = model(batch["left"], batch["right"])
