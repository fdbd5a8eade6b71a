for _ in range(3):
    x = await fetch()
    opt.zero_grad()
    model(x).sum().backward()
    opt.step()