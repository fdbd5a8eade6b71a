# advice: none
# %% setup
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
def make():
    return nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 2)).to(DEVICE)
def move(state, action):
    return state + 0.1 * torch.randn(4, device=DEVICE), float(action.item() == 0)
# %% script
policy = make()
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
for episode in range(3):
    state, log_probs, rewards = torch.zeros(4, device=DEVICE), [], []
    for step in range(80):
        chosen = Categorical(logits=policy(state))
        action = chosen.sample()
        log_prob = chosen.log_prob(action)
        log_probs.append(log_prob)
        state, reward = move(state, action)
        rewards.append(reward)
    loss = -(torch.stack(log_probs) * torch.tensor(rewards, device=DEVICE)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% classes
class Agent:
    def __init__(self):
        self.policy = make()
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=1e-2)
        self.reset()
    def reset(self):
        self.saved_log_probs, self.rewards = [], []
    def act(self, state):
        chosen = Categorical(logits=self.policy(state))
        action = chosen.sample()
        log_prob = chosen.log_prob(action)
        self.saved_log_probs.append(log_prob)
        return action
    def finish(self):
        returns = torch.tensor(self.rewards, device=DEVICE)
        losses = [-log_prob * reward for log_prob, reward in zip(self.saved_log_probs, returns)]
        self.optimizer.zero_grad()
        torch.stack(losses).sum().backward()
        self.optimizer.step()
# %% episodes
agent = Agent()
for episode in range(3):
    agent.reset()
    state = torch.zeros(4, device=DEVICE)
    for step in range(80):
        state, reward = move(state, agent.act(state))
        agent.rewards.append(reward)
    agent.finish()
# %% last_of_a_list
kept, heads = [], make()
optimizer = torch.optim.Adam(heads.parameters(), lr=1e-2)
for step in range(80):
    value = heads(torch.randn(8, 4, device=DEVICE)).logsumexp(1).mean()
    kept.append(value)
    optimizer.zero_grad()
    kept[-1].backward()
    optimizer.step()
# %% last_of_an_attribute
class Steps:
    def __init__(self):
        self.values = []
    def step(self):
        value = heads(torch.randn(8, 4, device=DEVICE)).logsumexp(1).mean()
        self.values.append(value)
    def train(self):
        optimizer.zero_grad()
        self.values[-1].backward()
        optimizer.step()
steps = Steps()
for step in range(80):
    steps.step()
    steps.train()
