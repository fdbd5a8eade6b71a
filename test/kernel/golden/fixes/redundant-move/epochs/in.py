for epoch in range(3):
    for x, y in loader:
        model.cuda()
        step(model, x, y)
