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
def epoch(net, optimizer, batches):
    for x, y in batches:
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad(); loss.backward(); optimizer.step()

def finetune(net, batches):
    net.eval()      # small batches: keep the running statistics
    epoch(net, opt, batches)
# %% pretrain
epoch(model, opt, data)
# %% tune
finetune(model, data)
