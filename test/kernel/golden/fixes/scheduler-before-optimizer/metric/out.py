for epoch in range(5):
    train()
    scheduler.step(valid_loss)
