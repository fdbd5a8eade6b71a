def train_step(x, y):
    loss = F.mse_loss(model(x), y)
    loss.backward()   # needed?
    opt.step()
