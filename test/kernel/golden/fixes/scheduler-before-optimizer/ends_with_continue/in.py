for epoch in range(5):
    scheduler.step()
    train()
    continue
