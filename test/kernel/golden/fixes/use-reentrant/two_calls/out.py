from torch.utils.checkpoint import checkpoint
a = checkpoint(f, x, use_reentrant=False); b = checkpoint(g, a, use_reentrant=False)
