# advice: proba no-grad-inference 25
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Classifier:
    """As scikit-learn has them."""

    def __init__(self, features, classes):
        layers = [layer for _ in range(6) for layer in (nn.Linear(features, features), nn.ReLU())]
        self.net = nn.Sequential(*layers, nn.Linear(features, classes)).to(DEVICE)

    def fit(self, x, y, epochs=3):
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01)
        self.net.train()
        for _ in range(epochs):
            loss = nn.functional.cross_entropy(self.net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return self

    def predict_proba(self, x):
        self.net.eval()
        logits = self.net(x)
        return logits.softmax(-1)

x = torch.randn(1024, 256, device=DEVICE)
y = torch.randint(0, 5, (1024,), device=DEVICE)
# %% fit
classifier = Classifier(256, 5).fit(x, y)
# %% proba
folds = [classifier.predict_proba(part) for part in x.split(256)]
# %% confidence
confidence = torch.cat(folds).max(1).values.mean().item()
