def closure():
    loss = f(model(x))
    loss.backward()
    return loss
opt.step(closure)
