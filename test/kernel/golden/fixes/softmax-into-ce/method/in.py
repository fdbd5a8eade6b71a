import torch.nn.functional as F
loss = F.cross_entropy(model(x).softmax(dim=-1), y, label_smoothing=0.1)
