# advice: layer dtype-mismatch 2; loss dtype-mismatch 3
# fixed: not compared: the cells failed before
# %% a
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
model = nn.Linear(6, 3).to(DEVICE)
table = torch.from_numpy(np.ones((4, 6))).to(DEVICE)
labels = torch.tensor([0, 1, 2, 0], dtype=torch.int32, device=DEVICE)
# %% layer
# raises: RuntimeError
logits = model(table)
# %% loss
# raises: RuntimeError
logits = model(table.float())
loss = F.cross_entropy(logits, labels)
