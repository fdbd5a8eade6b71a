with torch.amp.autocast("cuda"):
    loss = f(model(x), y)
