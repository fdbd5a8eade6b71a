with torch.inference_mode(), torch.autocast("cuda", dtype=torch.bfloat16):  # fast
    for x in loader:
        outs.append(model(x))
