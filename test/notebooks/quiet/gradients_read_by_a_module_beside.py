# advice: none
# forwards: train
# %% setup
import sys, tempfile
from pathlib import Path
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
folder = tempfile.TemporaryDirectory()
Path(folder.name, "descent_beside.py").write_text(
    "import torch\n"
    "def descend(net, lr):\n"
    "    with torch.no_grad():\n"
    "        for p in net.parameters():\n"
    "            p.sub_(p.gr" "ad, alpha=lr)\n"
    "            p.gr" "ad = None\n"
)
sys.path.insert(0, folder.name)
from descent_beside import descend

backbone = nn.Sequential(nn.Linear(256, 1024), nn.ReLU(), nn.Linear(1024, 1024), nn.ReLU()).to(DEVICE)
head = nn.Linear(1024, 2).to(DEVICE)
optimizer = torch.optim.Adam(head.parameters())
batches = [(torch.randn(128, 256, device=DEVICE), torch.randint(0, 2, (128,), device=DEVICE)) for _ in range(12)]
# %% train
for x, y in batches:
    loss = F.cross_entropy(head(backbone(x)), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    descend(backbone, 0.01)
# %% end
sys.path.remove(folder.name)
folder.cleanup()
