# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2)).to(DEVICE)
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)

def step_env(state, action):
    return state + 0.1 * torch.randn(4, device=state.device), float(action == 0)
# %% train
returns = []
for episode in range(10):
    state, log_probs, rewards = torch.zeros(4, device=DEVICE), [], []
    for t in range(20):
        dist = torch.distributions.Categorical(logits=policy(state))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        state, reward = step_env(state, action.item())
        rewards.append(reward)
    R, loss = 0.0, 0.0
    for log_prob, reward in zip(reversed(log_probs), reversed(rewards)):
        R = reward + 0.99 * R
        loss = loss - log_prob * R
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    returns.append(sum(rewards))
# %% plot
best = max(returns)
