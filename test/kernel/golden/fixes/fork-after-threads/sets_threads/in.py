def work(rank):
    torch.randn(8)
    torch.set_num_threads(4)
