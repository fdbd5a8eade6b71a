def work(rank):
    import torch
    x = torch.randn(8)
    if rank:
        import torch
    return x
