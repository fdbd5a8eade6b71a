import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = Net().to(device)
x = x.to(device, non_blocking=True)
