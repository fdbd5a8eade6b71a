# advice: predict inference-mode 12; score inference-mode 2; both inference-mode 18
# rules_on: inference-mode
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Classifier:
    def __init__(self, model):
        self.model, self.scores = model.to(DEVICE).eval(), []

    def predict(self, data):
        found = []
        with torch.no_grad():
            for x in data:
                found.append(self.model(x).softmax(-1))
        return torch.cat(found)

def agreement(first, second, x):
    with torch.no_grad():
        ours, theirs = first(x).argmax(1), second(x).argmax(1)
    return (ours == theirs).float().mean()

run = Classifier(nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)))
other = nn.Linear(16, 3).to(DEVICE).eval()
data = [torch.randn(32, 16, device=DEVICE) for _ in range(4)]
# %% predict
labels = run.predict(data).argmax(1).tolist()
# %% score
run.scores = []
with torch.no_grad():
    for x in data:
        run.scores.append(run.model(x).max(-1).values)
# %% both
share = agreement(run.model, other, data[0]).item()
# %% look
best = max(float(each.max()) for each in run.scores)
