model.train()
history = fit(model, loader)