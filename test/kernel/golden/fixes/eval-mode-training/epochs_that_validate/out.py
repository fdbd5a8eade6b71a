for epoch in range(3):
    model.train()
    for x, y in train:
        f(model(x), y).backward()
        opt.step()
    model.eval()
    validate(model)
