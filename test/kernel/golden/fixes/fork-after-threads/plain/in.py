def work(rank):
    x = torch.randn(8)  # first
    return x


mp.start_processes(work)
