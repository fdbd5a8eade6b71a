import torch
grid = torch.linspace(
    0,
    1,  # end
    steps,
).to(device)
