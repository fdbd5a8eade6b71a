def work(rank):
    import os
    import torch
    from torch import nn
    x = torch.randn(8)
