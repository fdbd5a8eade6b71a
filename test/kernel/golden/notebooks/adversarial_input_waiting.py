# Adversarial input, waiting.
# advice: none

# %% a
model.eval()
adv = x.clone().requires_grad_(True)
outs = []
for _ in range(3):
    outs.append(model(adv + 0.1))

# %% b
1

# %% c
2

# %% d
3
