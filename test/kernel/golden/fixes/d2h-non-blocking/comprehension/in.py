ys = [o.detach().to("cpu", non_blocking=True) for o in outs]
