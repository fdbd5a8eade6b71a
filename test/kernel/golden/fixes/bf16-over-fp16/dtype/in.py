with torch.autocast("cuda", dtype=torch.float16):
    loss = f(model(x), y)
