# Grad mode off for the session.
# advice: none

# %% off
_ = torch.set_grad_enabled(False)

# %% a
model.eval()
outs = [model(xb) for xb, _ in loader]

# %% on
_ = torch.set_grad_enabled(True)
