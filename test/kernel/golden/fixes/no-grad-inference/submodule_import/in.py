import torch.nn.functional as F
import torch.nn
out = F.relu(model(x))  # forward
