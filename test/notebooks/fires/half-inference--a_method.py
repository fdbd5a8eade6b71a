# advice: predict half-inference
# needs: accelerator
# machine: {"capability": [8, 0], "bf16": true, "matmul_precision": "high"}
# %% setup
import torch
from torch import nn

start = torch.ones(1, device=DEVICE)
total = torch.accelerator.get_memory_info()[1]

class Predictor:
    def __init__(self, width):
        self.net = nn.Linear(256, width).to(DEVICE).eval()
    @torch.inference_mode()
    def __call__(self, x):
        return self.net(x).mean().item()
# %% predict
predictor = Predictor(int(total * 0.15 / (256 * 4)))
mean = predictor(torch.randn(1, 256, device=DEVICE))
