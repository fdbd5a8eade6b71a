with torch.no_grad(), torch.autocast('cuda'):
    out = model(x)
