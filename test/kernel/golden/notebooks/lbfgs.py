# LBFGS.
# advice: none

# %% f
lbfgs = torch.optim.LBFGS(model.parameters(), max_iter=3)
def closure():
    lbfgs.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    return loss

# %% a
for _ in range(2):
    loss = lbfgs.step(closure)
