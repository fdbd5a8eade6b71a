# Style transfer.
# advice: none

# %% a
model.eval().requires_grad_(False)
image = x.clone().requires_grad_()
feats = [model(image), model(image * 2)]

# %% b
sum(f.pow(2).mean() for f in feats).backward()
