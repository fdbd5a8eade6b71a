outs = [net(b['image']) for b in batches]
