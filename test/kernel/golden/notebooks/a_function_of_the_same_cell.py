# A function of the same cell.
# advice: a 5

# %% a
def predict(batches):
    return [model(xb) for xb, _ in batches]

model.eval()
outs = predict(loader)
