for x in data:
    opt.zero_grad()
    if x.any():
        f(x).backward()
        opt.step()
    else:
        skipped += 1
