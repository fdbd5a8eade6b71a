f(model(a)).backward()
opt.step()
model(x).softmax(-1)