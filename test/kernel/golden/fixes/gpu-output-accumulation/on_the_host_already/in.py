for x in loader:
    outs.append(model(x).cpu())
