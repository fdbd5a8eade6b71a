# advice: predict d2h-non-blocking 9
# needs: accelerator
# fixed: not compared: what is read too early depends on the timing
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
batches = [torch.randn(64, 256) for _ in range(8)]
# %% classes
class Predictor:
    def __init__(self, model):
        self.model, self.outs = model.to(DEVICE).eval(), []

    @torch.no_grad()
    def predict(self, batches):
        for x in batches:
            y = self.model(x.to(DEVICE))
            self.outs.append(y.to("cpu", non_blocking=True))
        return torch.cat(self.outs).mean()
# %% predict
mean = Predictor(nn.Linear(256, 256)).predict(batches)
