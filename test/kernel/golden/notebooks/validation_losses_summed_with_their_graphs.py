# Validation losses summed with their graphs.
# advice: a 5

# %% a
model.eval()
total = 0
losses = []
for xb, yb in loader:
    out = model(xb)
    loss = criterion(out, yb)
    total += loss.item()
