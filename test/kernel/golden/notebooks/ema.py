# EMA.
# advice: none

# %% f
import copy
ema = copy.deepcopy(model)

# %% a
for xb, yb in loader:
    optimizer.zero_grad()
    criterion(model(xb), yb).backward()
    optimizer.step()
    with torch.no_grad():
        for p, q in zip(ema.parameters(), model.parameters()):
            p.lerp_(q, 0.01)
