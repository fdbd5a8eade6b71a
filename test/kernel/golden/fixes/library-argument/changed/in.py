args = TrainingArguments(
    output_dir="out",
    per_device_train_batch_size=32,  # as in the paper
    learning_rate=3e-4,
)
