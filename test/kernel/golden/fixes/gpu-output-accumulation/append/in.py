outs = []
with torch.no_grad():
    for b in loader:
        outs.append(model(b['x'].to(device)))
