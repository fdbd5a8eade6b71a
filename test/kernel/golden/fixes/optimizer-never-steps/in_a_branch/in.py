for x in data:
    opt.zero_grad()
    if x.any():
        f(x).backward()
    else:
        skipped += 1
