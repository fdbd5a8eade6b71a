# advice: none
# forwards: train
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Callback:
    def __init__(self):
        self.history = {}

    def on_step(self, **values):
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

layers = [layer for _ in range(8) for layer in (nn.Linear(128, 128), nn.Tanh())]
model, callback = nn.Sequential(*layers, nn.Linear(128, 1)).to(DEVICE), Callback()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = [(torch.randn(8, 128, device=DEVICE), torch.randn(8, 1, device=DEVICE)) for _ in range(40)]
# %% train
for x, y in data:
    output = model(x)
    loss = nn.functional.mse_loss(output, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    callback.on_step(loss=loss, share=(output > 0).float().mean().item())
# %% look
total = sum(float(value) for value in callback.history["loss"])
shares = callback.history["share"]
