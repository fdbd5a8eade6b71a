# advice: none
# forwards: episodes
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(8, 256), nn.ReLU(), nn.Linear(256, 4)).to(DEVICE)
optimizer = torch.optim.SGD(policy.parameters(), lr=0.01)

def act(state):
    choice = torch.distributions.Categorical(logits=policy(state))
    action = choice.sample()
    return action, choice.log_prob(action)

def episode(length=40):
    kept = []
    state = torch.randn(8, device=DEVICE)
    for _ in range(length):
        action, kept_one = act(state)
        kept.append(kept_one)
        state = state + 0.1 * torch.randn(8, device=DEVICE)
    return kept

def update(kept):
    loss = -torch.stack(kept).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.detach()
# %% episodes
losses = []
for _ in range(5):
    losses.append(update(episode()))
# %% more
kept = episode()
# %% late
final = update(kept).item()
