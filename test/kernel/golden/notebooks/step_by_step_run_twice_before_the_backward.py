# Step by step, run twice before the backward.
# advice: none

# %% a
out = model(x)

# %% a2
1

# %% b
loss = criterion(out, y)

# %% c
loss.backward()
