f(model(a)).backward()
opt.step()
model.eval()
output = model(x).softmax(-1)
model.train()
output