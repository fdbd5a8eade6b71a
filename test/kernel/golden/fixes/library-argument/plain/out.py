args = TrainingArguments("out", num_train_epochs=2, per_device_train_batch_size=8, gradient_accumulation_steps=4)
