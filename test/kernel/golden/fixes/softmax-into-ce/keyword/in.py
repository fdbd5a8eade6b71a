import torch.nn.functional as F
loss = F.cross_entropy(F.softmax(input=out, dim=1), y)
