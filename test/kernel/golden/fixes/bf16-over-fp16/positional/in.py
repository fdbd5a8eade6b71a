with torch.autocast('cuda', torch.float16):
    loss = f(model(x), y)
