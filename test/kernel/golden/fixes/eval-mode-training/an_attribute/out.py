lab.model.train()
for lab.x, lab.y in loader:
    loss = f(lab.model(lab.x), lab.y)
    loss.backward()
    opt.step()
