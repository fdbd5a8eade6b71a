import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
def load(path):
    return torch.load(path, map_location=device)
