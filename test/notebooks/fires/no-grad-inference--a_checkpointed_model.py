# advice: a no-grad-inference 1
# forwards: a
# %% setup
# A checkpointed model.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)

def make_model(width=256, depth=8, out=10):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out)).to(DEVICE)

model = make_model()
x = torch.randn(512, 256, device=DEVICE)
y = torch.randint(0, 10, (512,), device=DEVICE)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% f
from torch.utils.checkpoint import checkpoint_sequential
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model()
    def forward(self, x):
        return checkpoint_sequential(self.body, 2, x, use_reentrant=False)
net = Net().eval()
wide = [torch.randn(4096, 256, device=DEVICE) for _ in range(4)]

# %% a
outs = [net(xb) for xb in wide]
