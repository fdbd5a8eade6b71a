for x in loader:
    f(x).backward(); scheduler.step(); optimizer.step()
