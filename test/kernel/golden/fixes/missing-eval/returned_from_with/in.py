with torch.no_grad():
    return model(x)
