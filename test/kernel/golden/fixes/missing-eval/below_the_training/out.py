f(model(a)).backward()
opt.step()
model.eval()
out = model(x)
model.train();
