import torch
for x in loader:
    h = torch.ones(x.size(0), 128).to(x.device)  # first state
    out = cell(x, h)
