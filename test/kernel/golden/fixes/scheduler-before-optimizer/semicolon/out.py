for x in loader:
    f(x).backward(); optimizer.step(); scheduler.step()
