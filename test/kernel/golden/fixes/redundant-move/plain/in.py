for x in batches:
    model.to(device)
    outs.append(model(x))
