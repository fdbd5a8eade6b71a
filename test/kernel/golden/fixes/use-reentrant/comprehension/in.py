import torch.utils.checkpoint as cp
outs = [cp.checkpoint(f, x) for f in blocks]