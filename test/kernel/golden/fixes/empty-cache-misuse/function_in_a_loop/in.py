def run():
    for x in loader:
        y = step(x)
        torch.mps.empty_cache()
    return y
