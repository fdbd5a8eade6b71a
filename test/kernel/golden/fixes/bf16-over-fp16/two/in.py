with torch.autocast('cuda'):
    a = model(x)
with torch.autocast('cuda'):
    b = model(y)
