from torch.amp import GradScaler, autocast
scaler = GradScaler("cuda")
with autocast("cuda", enabled=True):
    loss = f(model(x), y)
