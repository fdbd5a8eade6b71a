torch.manual_seed(0)
model = optimizer = None
model = Net().to(device)
