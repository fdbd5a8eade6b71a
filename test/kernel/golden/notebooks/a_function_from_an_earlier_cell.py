# A function from an earlier cell.
# advice: a 2

# %% f
def predict(model, batches):
    return [model(xb) for xb, _ in batches]

# %% a
model.eval()
outs = predict(model, loader)
