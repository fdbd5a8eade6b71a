import torch
with torch.no_grad():
    import torch; out = model(x)  # forward
