import torch
def setup(seed):
	torch.manual_seed(seed)
	torch.autograd.set_detect_anomaly(True)
