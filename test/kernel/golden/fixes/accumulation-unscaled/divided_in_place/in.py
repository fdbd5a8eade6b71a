for i, x in enumerate(data):
    loss = f(x)
    loss /= 4
    loss.backward()
    if i % 4 == 0:
        opt.step()
