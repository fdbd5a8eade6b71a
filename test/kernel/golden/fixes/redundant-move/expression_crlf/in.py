outs = []
for x in batches:
    outs.append(model.to(device)(x))
