hits = 0
with torch.no_grad():
    for x in loader:  # all of it
        hits += model(x).sum()
