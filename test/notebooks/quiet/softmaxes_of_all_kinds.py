# advice: none
# %% a
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

body = nn.Linear(16, 10).to(DEVICE)
x, y = torch.randn(32, 16, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)
# %% the_logarithm_of_a_softmax
probabilities = torch.softmax(body(x), dim=1)
F.nll_loss(torch.log(probabilities + 1e-9), y).backward()
# %% its_entropy
probabilities = torch.softmax(body(x), dim=1)
(-(probabilities * torch.log(probabilities + 1e-9)).sum(1)).mean().backward()
# %% attention_before_the_logits
weights = torch.softmax(x @ x.T, dim=-1)
F.cross_entropy(body(weights @ x), y).backward()
# %% a_mixture_of_softmaxes
parts = torch.stack([torch.softmax(body(x), dim=1), torch.softmax(body(x * 2), dim=1)])
gate = torch.softmax(body(x)[:, :2], dim=1)
F.nll_loss(torch.log((parts * gate.T[:, :, None]).sum(0)), y).backward()
# %% probabilities_for_the_display
shown = body(x).softmax(1).argmax(1)
F.cross_entropy(body(x), y).backward()
