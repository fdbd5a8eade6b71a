# advice: predict missing-eval 23; accuracy missing-eval 28
# fixed: not compared: dropout works differently in the prediction, which is what the fix is for
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(600, 32)
y = x[:, :8].sum(1)
# %% classes
class Regressor:
    """As scikit-learn has them."""
    def __init__(self, hidden=64, epochs=3, device="cpu"):
        self.device, self.epochs = device, epochs
        layers = [nn.Linear(32, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.2)]
        self.net_ = nn.Sequential(*layers, nn.Linear(hidden, 1)).to(device)
        self.opt_ = torch.optim.AdamW(self.net_.parameters(), lr=1e-3)

    def fit(self, data):
        self.net_.train()
        for _ in range(self.epochs):
            for xb, yb in DataLoader(data, 64, shuffle=True):
                loss = nn.functional.mse_loss(self._of(xb), yb.to(self.device))
                self.opt_.zero_grad()
                loss.backward()
                self.opt_.step()
        return self

    def _of(self, x):
        return self.net_(x.to(self.device)).squeeze(1)

    def predict(self, x):
        return self.net_(x.to(self.device)).squeeze(1)

    def within(self, x, y, least):
        kept = []
        for xb, yb in zip(x.split(100), y.split(100)):
            out = self.net_(xb.to(self.device)).squeeze(1)
            kept.append(out)
        return kept, ((torch.cat(kept) - y.to(self.device)).abs() < least).sum().item() / len(y)
# %% fit
regressor = Regressor(device=DEVICE).fit(TensorDataset(x, y))
# %% predict
found = regressor.predict(x)
# %% accuracy
parts, within = regressor.within(x, y, 0.5)
# %% report
print(f"{((found.cpu() - y) ** 2).mean().item():.2f} {within:.0%}")
