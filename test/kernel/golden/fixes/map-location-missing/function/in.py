import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
def restore(path):
	return torch.load(path, weights_only=True)
