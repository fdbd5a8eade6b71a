# A loss that waits.
# advice: none

# %% a
model.eval()
loss = criterion(model(x), y)

# %% b
1 + 1

# %% c
2 + 2

# %% d
3 + 3
