from torch.cuda.amp import autocast, custom_fwd
with autocast():
    loss = f(model(x), y)
