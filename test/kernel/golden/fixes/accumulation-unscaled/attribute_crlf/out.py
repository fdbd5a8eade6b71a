for i, x in enumerate(data):
    loss = f(x)
    (loss / cfg.k).backward()
    if i % cfg.k == 0:
        opt.step()
