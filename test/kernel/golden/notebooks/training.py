# Training.
# advice: none

# %% a
for xb, yb in loader:
    optimizer.zero_grad()
    out = model(xb)
    loss = criterion(out, yb)
    loss.backward()
    optimizer.step()
