def freeze(m):
    """Freeze."""
    for p in m.parameters():
        p.requires_grad = False
    return m