%%time
fit(model)
