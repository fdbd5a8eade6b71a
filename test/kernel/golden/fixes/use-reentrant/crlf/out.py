from torch.utils.checkpoint import checkpoint
h = checkpoint(block, h, use_reentrant=False)
