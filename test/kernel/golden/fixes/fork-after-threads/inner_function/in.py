def launch():
    def work(rank):
        x = torch.randn(8)
    mp.start_processes(work)
