for x in data:
    loss = f(x); loss.backward(); opt.step()
