# advice: run model-ping-pong 8 10
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
batches = torch.randn(10, 8, 1024)
# %% classes
class Predictor:
    def __init__(self, model, device):
        self.model, self.device, self.means = model.eval(), device, []

    @torch.no_grad()
    def predict(self, batches):
        for batch in batches:
            self.model.to(self.device)
            self.means.append(self.model(batch.to(self.device)).mean().item())
            self.model.cpu()
        return self.means
# %% run
predictor = Predictor(
    nn.Sequential(nn.Linear(1024, 8192), nn.ReLU(), nn.Linear(8192, 1024)), DEVICE
)
means = predictor.predict(batches)
