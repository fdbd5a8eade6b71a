# advice: none
# forwards: train discriminate
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
generator = nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 256)).to(DEVICE)
critic = nn.Sequential(nn.Linear(256, 512), nn.ReLU(), nn.Dropout(0.1), nn.Linear(512, 1)).to(DEVICE)
g_optimizer = torch.optim.SGD(generator.parameters(), lr=0.01)
c_optimizer = torch.optim.SGD(critic.parameters(), lr=0.01)
real = torch.randn(512, 256, device=DEVICE)

def generate(count):
    return generator(torch.randn(count, 32, device=DEVICE))

def judge(samples):
    return critic(samples)
# %% train
for step in range(6):
    fake = generate(512)
    loss = judge(fake.detach()).mean() - judge(real).mean()
    c_optimizer.zero_grad()
    loss.backward()
    c_optimizer.step()

    score = -judge(generate(512)).mean()
    g_optimizer.zero_grad()
    score.backward()
    g_optimizer.step()
# %% discriminate
margin = judge(real)
# %% penalty
(margin.mean() ** 2).backward()
