L.Trainer(max_epochs=3, precision="32-true").fit(model, data)
