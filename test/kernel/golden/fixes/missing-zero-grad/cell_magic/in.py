%%time
for x in data:
    model(x).sum().backward()
    opt.step()
