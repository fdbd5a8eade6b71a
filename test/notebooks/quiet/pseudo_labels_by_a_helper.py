# advice: none
# %% setup
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
def build(p=0.0, bn=False, d_in=256, d_out=8):
    layers = [nn.Linear(d_in, 512), nn.ReLU()]
    for _ in range(4): layers += [nn.Linear(512, 512), nn.ReLU()]
    if bn: layers.append(nn.BatchNorm1d(512))
    if p: layers.append(nn.Dropout(p))
    return nn.Sequential(*layers, nn.Linear(512, d_out)).to(DEVICE)
data = [(torch.randn(512, 256).to(DEVICE), torch.randint(0, 8, (512,)).to(DEVICE)) for _ in range(4)]
model = build(bn=True)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
# %% functions
def pseudo(x):
    with torch.no_grad():
        p = model(x).softmax(-1)
    return p.max(-1)

def train_step(x, y):
    conf, label = pseudo(x)
    logits = model(x + 0.1 * torch.randn_like(x))
    loss = F.cross_entropy(logits, y) + (F.cross_entropy(logits, label, reduction='none') * (conf > 0.1)).mean()
    opt.zero_grad(); loss.backward(); opt.step()
    return loss.item()
# %% go
log = [train_step(x, y) for x, y in data for _ in range(2)]
