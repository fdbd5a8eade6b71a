def fit(net, opt, data):
    """One
  epoch."""
    for batch in data:
        # Anew.
        opt.zero_grad()
        net(batch).loss.backward()  # gradients
        opt.step()
        total += 1
    return total
