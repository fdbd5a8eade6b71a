# advice: none
# forwards: a
# %% setup
# Gradient penalty.
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
# %% a
xb = x.clone().requires_grad_()
score = model(xb)
(g,) = torch.autograd.grad(score.sum(), xb, create_graph=True)
penalty = ((g.norm(dim=1) - 1) ** 2).mean()

# %% b
penalty.backward()
