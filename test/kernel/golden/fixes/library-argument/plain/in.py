args = TrainingArguments("out", num_train_epochs=2)
