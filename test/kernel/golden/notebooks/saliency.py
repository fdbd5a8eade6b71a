# Saliency.
# advice: none

# %% a
model.eval()
images = [xb.clone().requires_grad_() for xb, _ in loader]
scores = [model(image) for image in images]

# %% b
sum(s.max(1).values.sum() for s in scores).backward()
