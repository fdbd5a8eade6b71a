from torch.utils.checkpoint import checkpoint
a = checkpoint(f, x); b = checkpoint(g, a)
