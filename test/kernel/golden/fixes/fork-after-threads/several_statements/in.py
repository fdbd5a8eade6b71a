def work(rank):
    x = torch.randn(8); y = x
