def work(rank):
    """Computes."""

    # what it is about
    torch.set_num_threads(1)
    x = torch.randn(8)
