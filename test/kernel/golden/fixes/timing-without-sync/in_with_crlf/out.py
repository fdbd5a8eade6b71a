import time
with torch.no_grad():
    torch.cuda.synchronize()
    t = time.time()
    y = model(x)
    torch.cuda.synchronize()
    dt = time.time() - t
