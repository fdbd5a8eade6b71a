# Gradient penalty.
# advice: none

# %% a
xb = x.clone().requires_grad_()
score = model(xb)
(g,) = torch.autograd.grad(score.sum(), xb, create_graph=True)
penalty = ((g.norm(dim=1) - 1) ** 2).mean()

# %% b
penalty.backward()
