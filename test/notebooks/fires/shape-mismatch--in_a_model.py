# advice: c shape-mismatch
# %% a
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 64), nn.ReLU())
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.body(x))

net = Net().to(DEVICE)
# %% b
def predict(loader):
    with torch.no_grad():
        net.eval()
        return [net(batch).argmax(1) for batch in loader]
# %% c
# raises: RuntimeError
predict([torch.randn(8, 16, device=DEVICE)])
