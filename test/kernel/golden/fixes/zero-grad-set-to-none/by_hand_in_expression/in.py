cleared = [p.grad.zero_() for p in params]
