args = TrainingArguments("out", fp16=False, gradient_accumulation_steps=4)
