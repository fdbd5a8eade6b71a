with torch.autocast(device_type='cuda'):
    loss = f(model(x), y)
