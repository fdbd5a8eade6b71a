def freeze(m):
    """Freeze."""
    for p in m.parameters():
        p.require_grad = False
    return m