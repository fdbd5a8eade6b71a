import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
for inputs, labels in loader:
    logits = model(inputs)
    loss = criterion(logits, labels.to(device))
