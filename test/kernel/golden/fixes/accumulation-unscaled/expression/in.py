for i, x in enumerate(data):
    f(x).backward()
    if i % 4 == 0:
        opt.step()
