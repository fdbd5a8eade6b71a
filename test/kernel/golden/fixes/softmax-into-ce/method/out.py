import torch.nn.functional as F
loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
