ys = [o.detach().to("cpu") for o in outs]
