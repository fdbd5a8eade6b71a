%%time
for x in loader:
    step(x)
    torch.accelerator.empty_cache()