# Gradient accumulation that did not come to its step.
# advice: none

# %% a
model.eval()
losses = []
for i, (xb, yb) in enumerate(loader):
    losses.append(model(xb))
    if i == 99:
        sum(losses).mean().backward()
