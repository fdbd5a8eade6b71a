# Outputs collected in eval mode.
# advice: a 4

# %% a
model.eval()
outs = []
for xb, yb in loader:
    out = model(xb)
    outs.append(out)
