# advice: labels index-out-of-range 2; tokens index-out-of-range 2
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
embedding = nn.Embedding(100, 8)
tokens = torch.tensor([[5, 17, 100], [3, 2, 1]])
logits = torch.randn(4, 10)
labels = torch.tensor([1, 10, 3, 7])
# %% labels
# raises: IndexError
loss = F.cross_entropy(logits, labels)
# %% tokens
# raises: IndexError
vectors = embedding(tokens)
