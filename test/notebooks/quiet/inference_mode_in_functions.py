# advice: none
# rules_on: inference-mode
# forwards: predict smooth centre
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)).to(DEVICE).eval()
data = [torch.randn(32, 16, device=DEVICE) for _ in range(4)]

def predict(net, batches):
    with torch.no_grad():
        found = [net(x) for x in batches]
        return torch.cat(found)

class Smoother:
    def __init__(self, net):
        self.net, self.mean = net, None

    def update(self, x):
        with torch.no_grad():
            self.mean = self.net(x).mean(0)

class Report:
    pass

smoother, report = Smoother(model), Report()
# %% predict
scores = predict(model, data)
# %% mask
scores[scores < 0] = 0
# %% smooth
smoother.update(data[0])
# %% centre
with torch.no_grad():
    report.centred = model(data[1])
# %% shift
report.centred -= report.centred.mean(0)
