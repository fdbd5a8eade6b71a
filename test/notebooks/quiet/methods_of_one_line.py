# advice: none
# forwards: train predict sample
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(200, 16, device=DEVICE), torch.randint(0, 3, (200,), device=DEVICE)

class Classifier:
    def __init__(self, net):
        self.net = net
        self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    def loss(self, x, y): return nn.functional.cross_entropy(self.net(x), y)
    def step(self, loss): self.optimizer.zero_grad(); loss.backward(); self.optimizer.step()
    def predict(self, x): self.net.eval(); return self.net(x)
    def mc_sample(self, x): return self.net.train()(x)

net = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)).to(DEVICE)
classifier = Classifier(net)
def total(a, b): return float(a.sum() + b.sum())
# %% train
for part, labels in zip(x.split(50), y.split(50)):
    classifier.step(classifier.loss(part, labels))
# %% predict
with torch.no_grad():
    scores = classifier.predict(x)
# %% sample
with torch.no_grad():
    samples = [classifier.mc_sample(x) for _ in range(3)]
# %% accuracy
accuracy = (scores.argmax(1) == y).float().mean().item()
value = total(scores, torch.stack(samples))
