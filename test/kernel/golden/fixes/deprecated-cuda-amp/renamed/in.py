from torch.cuda.amp import autocast as ac
with ac():
    loss = f(model(x), y)
