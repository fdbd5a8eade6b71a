# Ignored for the cell.
# advice: none

# %% a
# torchprof: ignore
model.eval()
outs = [model(xb) for xb, _ in loader]
