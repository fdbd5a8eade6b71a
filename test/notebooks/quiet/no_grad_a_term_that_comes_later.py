# advice: none
# forwards: train train_by_a_function train_and_keep critic
# %% setup
# Results that no loss uses at first, and that take part in the training later.
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

def make_model(out=10):
    layers = [layer for _ in range(6) for layer in (nn.Linear(256, 256), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(256, out)).to(DEVICE)

model = make_model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
data = [(torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE)) for _ in range(3)]

def perturbed(x):
    return model(x + 0.1 * torch.randn_like(x))

def update(loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% train
for epoch in range(4):
    for x, y in data:
        noisy = model(x + 0.1 * torch.randn_like(x))
        loss = F.cross_entropy(model(x), y)
        if epoch >= 2:
            loss = loss + F.mse_loss(noisy, torch.zeros_like(noisy))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
# %% train_by_a_function
for epoch in range(4):
    for x, y in data:
        noisy = perturbed(x)
        loss = F.cross_entropy(model(x), y)
        if epoch >= 2:
            loss = loss + F.mse_loss(noisy, torch.zeros_like(noisy))
        update(loss)
# %% train_and_keep
views = []
for epoch in range(4):
    for x, y in data:
        views.append(perturbed(x))
        loss = F.cross_entropy(model(x), y)
        if epoch >= 2:
            loss = loss + F.mse_loss(views[-1], torch.zeros_like(views[-1]))
        update(loss)
# %% agent
class Agent:
    pass

agent = Agent()
agent.actor, agent.critic = make_model(4), make_model(1)
agent.optimizer = torch.optim.SGD(agent.actor.parameters(), lr=0.1)
agent.critic_optimizer = torch.optim.SGD(agent.critic.parameters(), lr=0.1)
agent.values = []
# %% critic
for state, _ in data:
    agent.values.append(agent.critic(state))
    loss = agent.actor(state).square().mean()
    agent.optimizer.zero_grad()
    loss.backward()
    agent.optimizer.step()
# %% learn
torch.stack(agent.values).square().mean().backward()
agent.critic_optimizer.step()
