for epoch in range(5):
    scheduler.step(valid_loss)
    train()
