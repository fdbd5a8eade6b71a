import torch
device = torch.device("cuda:0")  # the first
model = Net().to(device)
