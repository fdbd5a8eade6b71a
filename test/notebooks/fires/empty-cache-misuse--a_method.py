# advice: loop empty-cache-misuse 12
# needs: accelerator
# %% setup
import torch
from torch.accelerator import empty_cache as forget

torch.manual_seed(0)

class Worker:
    def __init__(self, device):
        self.w = torch.randn(64, 64, device=device)

    def step(self):
        mean = (self.w.repeat(100, 10) * 2).sum().item()
        forget()
        return mean

    def run(self, steps):
        return sum(self.step() for _ in range(steps))
# %% loop
worker = Worker(DEVICE)
total = worker.run(20)
