for x in loader:
    step(x)
    torch.cuda.empty_cache()  # needed
