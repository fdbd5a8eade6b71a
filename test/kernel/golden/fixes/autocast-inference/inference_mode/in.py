with torch.inference_mode():  # fast
    for x in loader:
        outs.append(model(x))
