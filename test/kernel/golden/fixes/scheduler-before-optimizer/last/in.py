for epoch in range(5):
    train()
    scheduler.step()
