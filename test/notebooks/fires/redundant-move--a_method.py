# advice: run redundant-move 19
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
batches = torch.randn(20, 8, 4)
# %% classes
class Experts(nn.Module):
    """Many small parts, of which each batch needs one."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(nn.Linear(4, 4) for _ in range(600))

    def forward(self, x):
        return self.parts[len(x)](x)


class Predictor:
    def __init__(self, model, device):
        self.model, self.device = model.to(device).eval(), torch.device(device)

    def predict(self, batches):
        means = []
        for batch in batches:
            self.model = self.model.to(self.device)
            means.append(self.model(batch.to(self.device)).mean().item())
        return means

    @torch.no_grad()
    def __call__(self, batches):
        return self.predict(batches)
# %% run
predictor = Predictor(Experts(), DEVICE)
means = predictor(batches)
