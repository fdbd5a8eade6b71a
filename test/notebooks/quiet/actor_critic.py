# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

actor = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 2)).to(DEVICE)
critic = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 1)).to(DEVICE)
opt_a = torch.optim.Adam(actor.parameters(), lr=3e-4)
opt_c = torch.optim.Adam(critic.parameters(), lr=1e-3)
# %% update
for step in range(10):
    state = torch.randn(64, 8, device=DEVICE)
    dist = torch.distributions.Categorical(logits=actor(state))
    action = dist.sample()
    reward = (action == 0).float()
    value = critic(state).squeeze(1)
    advantage = (reward - value).detach()
    actor_loss = -(dist.log_prob(action) * advantage).mean()
    critic_loss = F.mse_loss(value, reward)
    opt_a.zero_grad()
    actor_loss.backward()
    opt_a.step()
    opt_c.zero_grad()
    critic_loss.backward()
    opt_c.step()
