def step(model, x):
    model.zero_grad(); loss = model(x).sum()
    loss.backward()
