hits = 0
model.eval()
with torch.no_grad():
    for x in loader:  # all of it
        hits += model(x).sum()
