for x in data:
    opt.zero_grad(); f(x).backward()
