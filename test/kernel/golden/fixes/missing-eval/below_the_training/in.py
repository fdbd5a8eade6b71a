f(model(a)).backward()
opt.step()
out = model(x)
