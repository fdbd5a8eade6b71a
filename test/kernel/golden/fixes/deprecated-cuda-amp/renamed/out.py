from torch.amp import autocast as ac
with ac("cuda"):
    loss = f(model(x), y)
