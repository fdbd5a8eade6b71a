with torch.inference_mode():
    out = model(x)
