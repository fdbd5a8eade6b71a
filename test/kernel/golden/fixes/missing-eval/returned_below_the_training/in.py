for x, y in data:
    f(model(x), y).backward()
    opt.step()

# How good?
return f(model(x), y)