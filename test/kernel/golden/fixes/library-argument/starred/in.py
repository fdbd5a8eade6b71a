args = TrainingArguments(*options)
