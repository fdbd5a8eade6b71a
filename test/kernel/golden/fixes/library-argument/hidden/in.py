args = TrainingArguments("out", **options)
