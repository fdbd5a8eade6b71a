# advice: none
# needs: cpu
# deep: kept returned dropped fused
# tried: {"sdpa": 2.0}
# %% model
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def parts(self, x):
        batch, length, width = x.shape
        parts = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads)
        return parts.permute(2, 0, 3, 1, 4)

    def joined(self, y):
        return self.out(y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1))


class Kept(Attention):
    def forward(self, x):
        q, k, v = self.parts(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        weights = F.softmax(scores, dim=-1)
        self.weights = weights.detach()
        return self.joined(weights @ v)


class Returned(Attention):
    def forward(self, x):
        q, k, v = self.parts(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        weights = scores.softmax(dim=-1)
        self.entropy = -(weights * (weights + 1e-9).log()).sum(-1).mean()
        y = self.joined(weights @ v)
        return y, weights


class Dropped(Attention):
    def forward(self, x):
        q, k, v = self.parts(x)
        weights = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), dim=-1)
        return self.joined(F.dropout(weights, 0.1, self.training) @ v)


class Fused(Attention):
    def forward(self, x):
        return self.joined(F.scaled_dot_product_attention(*self.parts(x)))


x = torch.randn(6, 512, 64)
# %% kept
net = Kept(64, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()
# %% returned
net = Returned(64, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    y, weights = net(x)
    y.pow(2).mean().backward()
    optimizer.step()
# %% dropped
net = Dropped(64, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()
# %% fused
net = Fused(64, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for step in range(9):
    optimizer.zero_grad()
    net(x).pow(2).mean().backward()
    optimizer.step()
