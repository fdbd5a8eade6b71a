# A training cell that reuses the name.
# advice: a 3

# %% a
model.eval()
for xb, yb in loader:
    out = model(xb)

# %% b
out = criterion(model(x), y)
out.backward()
