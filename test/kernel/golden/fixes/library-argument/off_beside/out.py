args = TrainingArguments("out", fp16=False, gradient_accumulation_steps=4, per_device_train_batch_size=8)
