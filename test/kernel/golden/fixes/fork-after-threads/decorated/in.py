@record
def work(rank):
    if rank:
        torch.randn(8)
