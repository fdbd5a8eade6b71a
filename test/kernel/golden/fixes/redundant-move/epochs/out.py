model.cuda()
for epoch in range(3):
    for x, y in loader:
        step(model, x, y)
