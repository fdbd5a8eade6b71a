for x, y in data:
    f(model(x), y).backward()
    opt.step()

# How good?
model.eval()
result = f(model(x), y)
model.train()
return result