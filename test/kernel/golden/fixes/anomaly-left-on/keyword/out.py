import torch
torch.autograd.set_detect_anomaly(mode=False, check_nan=False)  # debug
