# A frozen backbone.
# advice: none

# %% a
model.requires_grad_(False).eval()
feats = [model(xb) for xb, _ in loader]
