L.Trainer(max_epochs=3, precision="bf16-mixed").fit(model, data)
