model.train()
fit(model)
