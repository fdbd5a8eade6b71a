with torch.inference_mode(): out = model(x); y = out + 1
