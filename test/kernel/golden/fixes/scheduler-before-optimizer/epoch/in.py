for epoch in range(5):
    lr_sched.step()
    for x, y in loader:
        train_on(x, y)
        optimizer.step()
    print(epoch)
