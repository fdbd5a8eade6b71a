import torch
model = Net().to(device)  # on the device
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
