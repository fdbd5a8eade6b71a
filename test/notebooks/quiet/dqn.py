# advice: none
# %% setup
import copy
import random
from collections import deque
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

random.seed(0)
q = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2)).to(DEVICE)
target = copy.deepcopy(q)
target.requires_grad_(False)
optimizer = torch.optim.Adam(q.parameters(), lr=1e-3)
buffer = deque(maxlen=1000)
# %% act
state = torch.zeros(4)
for t in range(200):
    with torch.no_grad():
        action = int(q(state.to(DEVICE)).argmax()) if random.random() > 0.1 else random.randrange(2)
    nxt = torch.randn(4)
    buffer.append((state, action, float(nxt[0] > 0), nxt))
    state = nxt
# %% learn
for step in range(20):
    s, a, r, s2 = zip(*random.sample(buffer, 32))
    s, s2 = torch.stack(s).to(DEVICE), torch.stack(s2).to(DEVICE)
    a, r = torch.tensor(a, device=DEVICE), torch.tensor(r, device=DEVICE)
    with torch.no_grad():
        goal = r + 0.99 * target(s2).max(1).values
    loss = F.smooth_l1_loss(q(s).gather(1, a[:, None]).squeeze(1), goal)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        target.load_state_dict(q.state_dict())
