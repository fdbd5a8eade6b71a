trainer = Trainer(precision="bf16-mixed")
