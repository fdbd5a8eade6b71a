# advice: a no-grad-inference 2
# forwards: a
# %% setup
# A function of the same cell.
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
loader = [
    (torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE))
    for _ in range(4)
]
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% a
def predict(batches):
    return [model(xb) for xb, _ in batches]

model.eval()
outs = predict(loader)
