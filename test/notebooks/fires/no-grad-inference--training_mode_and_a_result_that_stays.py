# advice: run no-grad-inference 13
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
layers = [layer for _ in range(4) for layer in (nn.Linear(256, 256), nn.ReLU())]
model = nn.Sequential(*layers, nn.Linear(256, 4)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = [(torch.randn(256, 256, device=DEVICE), torch.randint(0, 4, (256,), device=DEVICE)) for _ in range(4)]
# %% functions
def train_one(model, xb, yb):
    loss = nn.functional.cross_entropy(model(xb), yb)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def predict(model):
    outputs = []

    for xb, _ in data:
        outputs.append(model(xb))
    return torch.cat(outputs)
# %% run
for epoch in range(4):
    for xb, yb in data:
        train_one(model, xb, yb)
    out = predict(model)
# %% accuracy
accuracy = (out.argmax(1) == torch.cat([yb for _, yb in data])).float().mean().item()
