def train(net, opt, data):
    """One
  epoch."""
    for batch in data:
        loss = net(batch["image"], labels=batch["label"]).loss
        opt.zero_grad()
        loss.backward()
        opt.step()
