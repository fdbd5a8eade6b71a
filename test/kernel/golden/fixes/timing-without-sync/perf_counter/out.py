from time import perf_counter
torch.cuda.synchronize()
t0 = perf_counter()
out = model(x)
torch.cuda.synchronize()
elapsed = perf_counter() - t0
