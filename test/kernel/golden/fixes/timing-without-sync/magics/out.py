%reset_peak
import time
torch.cuda.synchronize()
t = time.monotonic()
!date
y = model(x)
torch.cuda.synchronize()
dt = time.monotonic() - t