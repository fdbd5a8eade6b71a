# Step by step in eval mode.
# advice: none

# %% a
model.eval()
out = model(x)

# %% b
loss = criterion(out, y)

# %% c
print(loss.shape)

# %% d
print(x.shape)

# %% e
loss.backward()
