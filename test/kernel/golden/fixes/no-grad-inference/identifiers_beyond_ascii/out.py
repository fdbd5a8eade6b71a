with torch.no_grad():
    größe = model(x).shape  # forward
