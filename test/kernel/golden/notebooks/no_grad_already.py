# No_grad already.
# advice: none

# %% a
model.eval()
with torch.no_grad():
    outs = [model(xb) for xb, _ in loader]
