def work(rank): torch.randn(8)
