from torch.amp import autocast
with autocast('cuda', enabled=use_amp):
    loss = f(model(x), y)
