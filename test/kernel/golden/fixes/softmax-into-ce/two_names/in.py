import torch.nn.functional as F
probs = F.softmax(out, dim=1)
loss = F.cross_entropy(probs, y)
