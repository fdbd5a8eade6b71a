# advice: quantize deprecated-quantization
# torch: 2.9
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 10)).eval()
# %% quantize
import torch.ao.quantization as quantization
small = quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)
