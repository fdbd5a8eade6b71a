def step(model, x):
    model.zero_grad(set_to_none=False); loss = model(x).sum()
    loss.backward()
