args = TrainingArguments("out", fp16=True)
