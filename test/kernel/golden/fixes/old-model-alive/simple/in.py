torch.manual_seed(0)
model = Net().to(device)
