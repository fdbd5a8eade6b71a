# A training cell that leaves the graph alone.
# advice: a 2

# %% a
model.eval()
outs = [model(xb) for xb, _ in loader]

# %% b
model.train()
for xb, yb in loader:
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()
