import torch
grid = torch.linspace(
    0,
    1,
    steps,
).to(device)
