args = TrainingArguments("out", per_device_train_batch_size=batch)
