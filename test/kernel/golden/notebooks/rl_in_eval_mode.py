# RL in eval mode.
# advice: none

# %% a
model.eval()
log_probs = []
for xb, _ in loader:
    log_probs.append(model(xb).log_softmax(1).mean())

# %% b
torch.stack(log_probs).mean().backward()
