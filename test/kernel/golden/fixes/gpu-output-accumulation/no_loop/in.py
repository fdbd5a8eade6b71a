outs.append(model(x))
