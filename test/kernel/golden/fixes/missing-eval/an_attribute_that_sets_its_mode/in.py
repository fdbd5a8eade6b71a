for x in loader:
    lab.model.eval()
    out = lab.model(x)
