model.train()
for x, y in loader:
    loss = f(model(x), y)
    loss.backward()
    opt.step()
