outs = []
for batch in loader:
    # one batch
    out = model(batch)  # forward
    outs.append(out)
