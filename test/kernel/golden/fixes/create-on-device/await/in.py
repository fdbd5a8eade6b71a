import torch
out = await send(torch.zeros(3).to(device))
