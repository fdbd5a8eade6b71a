import time
start = time.time()
for _ in range(100):
    y = model(x)
print(time.time() - start)
