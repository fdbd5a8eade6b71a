with torch.autocast("cuda", dtype=torch.bfloat16):
    loss = f(model(x), y)
