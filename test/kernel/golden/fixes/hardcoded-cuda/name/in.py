import torch
device = "cuda"
model = Net().to(device)
