out = model(torch.zeros(5, 8, requires_grad=True))  # forward
