import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
if path:
	state = torch.load(path, map_location=device)
