import time
t = time.time(); y = model(x); dt = time.time() - t
