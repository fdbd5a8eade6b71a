with torch.no_grad(), lock:
    out = model(x)
