import torch
out = await send(torch.zeros(3, device=device))
