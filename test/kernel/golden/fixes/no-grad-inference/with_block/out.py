import contextlib
with contextlib.nullcontext():
    with torch.no_grad():
        out = model(x)  # forward
