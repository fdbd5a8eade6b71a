with torch.autocast(device_type='cuda', dtype=torch.bfloat16):
    loss = f(model(x), y)
