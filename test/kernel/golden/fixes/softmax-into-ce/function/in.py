import torch.nn.functional as F
loss = F.cross_entropy(F.softmax(out, dim=1), y)
