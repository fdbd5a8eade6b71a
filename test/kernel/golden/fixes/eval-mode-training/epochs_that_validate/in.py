for epoch in range(3):
    for x, y in train:
        f(model(x), y).backward()
        opt.step()
    model.eval()
    validate(model)
