def work(rank):
    """Computes."""

    # what it is about
    x = torch.randn(8)
