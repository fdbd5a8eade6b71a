%reset_peak
import time
t = time.monotonic()
!date
y = model(x)
dt = time.monotonic() - t