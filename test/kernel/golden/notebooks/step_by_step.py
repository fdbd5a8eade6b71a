# Step by step.
# advice: none

# %% a
out = model(x)

# %% b
loss = criterion(out, y)

# %% c
print(loss.shape)

# %% d
loss.backward()

# %% e
optimizer.step()
