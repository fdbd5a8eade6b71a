import torch
loss = torch.nn.CrossEntropyLoss()(torch.softmax(logits, dim=1), y)
