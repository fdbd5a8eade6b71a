import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
def step(batch):
	return {k: v.to(device) for k, v in batch.items()}