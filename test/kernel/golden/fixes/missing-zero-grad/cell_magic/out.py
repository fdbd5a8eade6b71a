%%time
for x in data:
    opt.zero_grad()
    model(x).sum().backward()
    opt.step()
