# Validation below the training loop.
# advice: a 9

# %% a
model.train()
for xb, yb in loader:
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()
model.eval()
val = []
for xb, yb in loader:
    val.append(model(xb))
