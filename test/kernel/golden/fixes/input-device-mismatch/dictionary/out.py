import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
for batch in loader:
    out = model(batch["input_ids"].to(device), attention_mask=batch["attention_mask"].to(device))
