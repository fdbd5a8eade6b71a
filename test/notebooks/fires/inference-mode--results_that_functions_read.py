# advice: predict inference-mode 7; scores inference-mode 1
# rules_on: inference-mode
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

def predict(net, batches):
    with torch.no_grad():
        found = [net(x) for x in batches]
    return torch.cat(found)

def accuracy(scores, y):
    total = (scores.argmax(1) == y).sum().item()
    total /= len(y)
    return total

class Board:
    def __init__(self):
        self.best = []

    def note(self, scores):
        self.best.append(scores.max(-1).values)

    def shifted(self):
        best = torch.stack(self.best)
        best -= best.mean()
        return best

model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 3)).to(DEVICE).eval()
data = [torch.randn(32, 16, device=DEVICE) for _ in range(4)]
y, board = torch.randint(0, 3, (128,), device=DEVICE), Board()
# %% predict
predicted = predict(model, data)
# %% mask
predicted[predicted < 0] = 0
# %% scores
with torch.no_grad():
    scores = model(torch.cat(data))
# %% read
rate = accuracy(scores, y)
board.note(scores)
# %% shift
shifted = board.shifted()
