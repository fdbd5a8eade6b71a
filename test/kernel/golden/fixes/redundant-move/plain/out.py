model.to(device)
for x in batches:
    outs.append(model(x))
