import time
t = time.time()
y = model(x)
torch.cuda.synchronize()
dt = time.time() - t
