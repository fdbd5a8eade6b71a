for _ in range(3):
    x = await fetch()
    model(x).sum().backward()
    opt.step()