with torch.no_grad():
    model(x);  # forward
