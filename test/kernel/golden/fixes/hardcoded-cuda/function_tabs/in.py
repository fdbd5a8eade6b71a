import torch
def step(batch):
	return {k: v.cuda() for k, v in batch.items()}