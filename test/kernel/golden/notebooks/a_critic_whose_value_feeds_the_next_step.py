# A critic whose value feeds the next step.
# advice: none

# %% f
critic = make_model(out=1)
copt = torch.optim.SGD(critic.parameters(), lr=0.001)

# %% a
value = critic(x)
for xb, _ in loader:
    loss = (value - 1).pow(2).mean()
    copt.zero_grad()
    loss.backward()
    copt.step()
    value = critic(xb)

# %% b
value.mean().backward()
