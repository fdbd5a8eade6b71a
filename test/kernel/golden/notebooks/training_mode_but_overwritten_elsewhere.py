# Training mode, but overwritten elsewhere.
# advice: a 1

# %% a
logits = model(x)

# %% b
del logits
