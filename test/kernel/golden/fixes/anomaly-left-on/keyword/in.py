import torch
torch.autograd.set_detect_anomaly(mode=True, check_nan=False)  # debug
