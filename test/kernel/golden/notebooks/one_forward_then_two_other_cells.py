# One forward, then two other cells.
# advice: a 2

# %% a
model.eval()
logits = model(x)

# %% b
1 + 1

# %% c
2 + 2
