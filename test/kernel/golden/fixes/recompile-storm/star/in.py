import torch
fast = torch.compile(model, **options)
