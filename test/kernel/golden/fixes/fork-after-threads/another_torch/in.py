def work(torch):
    x = torch.randn(8)
