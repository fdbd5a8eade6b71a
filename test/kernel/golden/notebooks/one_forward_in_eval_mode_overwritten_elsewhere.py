# One forward in eval mode, overwritten elsewhere.
# advice: a 2

# %% a
model.eval()
logits = model(x)

# %% b
logits = None
