for epoch in range(3):
    for x, y in train:
        loss = f(model(x), y)
        loss.backward()
        opt.step()

    # validation
    with torch.no_grad():
        for x, y in valid:
            hits += (model(x).argmax(1) == y).sum()
    print(epoch, hits)
