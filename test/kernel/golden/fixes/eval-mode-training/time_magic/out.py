%%time
model.train()
fit(model)
