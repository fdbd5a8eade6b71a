import torch
loss = torch.nn.CrossEntropyLoss()(logits, y)
