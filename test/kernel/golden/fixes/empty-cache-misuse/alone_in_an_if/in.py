for i, x in enumerate(loader):
    if i % 10 == 0:
        torch.cuda.empty_cache()
    step(x)
