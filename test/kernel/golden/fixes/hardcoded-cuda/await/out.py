import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = (await fetch()).to(device)
