# advice: train gradients-without-optimizer 2
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(32, 512)
        self.layers = nn.Sequential(nn.ReLU(), nn.Linear(512, 512), nn.ReLU())
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        return self.fc(self.layers(self.stem(x)))

def fit(net, loader, lr=0.01):
    optimizer = torch.optim.Adam(net.fc.parameters(), lr=lr)
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x.to(DEVICE)), y.to(DEVICE))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses

torch.manual_seed(0)
batches = [(torch.randn(32, 32), torch.randint(0, 10, (32,))) for _ in range(8)]
model = Classifier().to(DEVICE)
# %% train
print("fine tuning")
losses = fit(model, batches)
