def work(rank):
    """Computes."""
    torch.set_num_threads(1)
