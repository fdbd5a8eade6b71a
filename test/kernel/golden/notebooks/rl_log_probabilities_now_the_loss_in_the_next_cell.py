# RL: log-probabilities now, the loss in the next cell.
# advice: none

# %% a
log_probs = []
for xb, _ in loader:
    dist = torch.distributions.Categorical(logits=model(xb))
    log_probs.append(dist.log_prob(dist.sample()).mean())

# %% b
loss = -torch.stack(log_probs).mean()
optimizer.zero_grad()
loss.backward()
