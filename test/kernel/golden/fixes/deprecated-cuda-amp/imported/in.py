from torch.cuda.amp import GradScaler, autocast
scaler = GradScaler()
with autocast(enabled=True):
    loss = f(model(x), y)
