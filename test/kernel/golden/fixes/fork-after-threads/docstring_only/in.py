def work(rank):
    """Computes."""
