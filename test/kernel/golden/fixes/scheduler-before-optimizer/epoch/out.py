for epoch in range(5):
    for x, y in loader:
        train_on(x, y)
        optimizer.step()
    print(epoch)
    lr_sched.step()
