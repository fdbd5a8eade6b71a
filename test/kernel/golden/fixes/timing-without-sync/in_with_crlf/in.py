import time
with torch.no_grad():
    t = time.time()
    y = model(x)
    dt = time.time() - t
