# advice: none
# needs: accelerator
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
batches = torch.randn(6, 8, 1024)
# %% classes
class Pipeline:
    """Two models that take turns on the device."""
    def __init__(self):
        self.first = nn.Sequential(nn.Linear(1024, 4096), nn.Linear(4096, 1024)).eval()
        self.second = nn.Sequential(nn.Linear(1024, 4096), nn.Linear(4096, 1024)).eval()
        self.outs = []

    @torch.no_grad()
    def run(self, batches):
        for batch in batches:
            self.first.to(DEVICE)
            half = self.first(batch.to(DEVICE))
            self.first.cpu()
            self.second.to(DEVICE)
            self.outs.append(self.second(half).mean().item())
            self.second.cpu()

    def place(self, device):
        """Called for each batch, so that moving there again and again is no loop of its own."""
        for model in (self.first, self.second):
            model.to(device)

    def copy_and_wait(self, batches):
        for batch in batches:
            self.outs.append(batch.to(DEVICE).to("cpu", non_blocking=True))
        torch.accelerator.synchronize()
        return torch.stack(self.outs[-len(batches) :]).sum()
# %% run
pipeline = Pipeline()
pipeline.run(batches)
# %% place
pipeline.place(DEVICE)
for batch in batches:
    pipeline.place(DEVICE)
    pipeline.first(batch.to(DEVICE))
# %% copy
pipeline.outs.clear()
total = pipeline.copy_and_wait(batches)
