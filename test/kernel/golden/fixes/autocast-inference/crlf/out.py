with torch.no_grad(), torch.autocast("cuda", dtype=torch.bfloat16):
    out = model(x)
