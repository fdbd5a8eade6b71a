from torch.utils.checkpoint import checkpoint
h = checkpoint(block, h)
