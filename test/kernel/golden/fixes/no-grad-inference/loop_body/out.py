outs = []
for batch in loader:
    # one batch
    with torch.no_grad():
        out = model(batch)  # forward
    outs.append(out)
