for x in loader:
    y = torch.cuda.empty_cache()
