for x in batches:
    model = model.to(device)
    outs.append(model(x))
