from torch.amp import autocast
with autocast('cuda', enabled=use_amp, dtype=torch.bfloat16):
    loss = f(model(x), y)
