# advice: predict no-grad-inference 3
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(256, 256) for _ in range(6))
        self.last = nn.Linear(256, 10)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.last(x)

model = Deep().to(DEVICE).eval()
loader = [torch.randn(512, 256, device=DEVICE) for _ in range(4)]
# %% predict
outputs = []
for x in loader:
    outputs.append(model.forward(x))
# %% look
best = torch.cat(outputs).argmax(1)
