# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
policy = nn.Linear(4, 2)
# %% place
model = model.to(DEVICE)
# %% place_again
model = model.to(DEVICE)
model.eval();
# %% predict
means = []
with torch.no_grad():
    for step in range(12):
        x = torch.zeros(8, 64, device=DEVICE)
        x[:, step] = 1
        means.append(model(x).mean().item())
        if step % 6 == 5:
            model.cpu()
            weights = {name: value.clone() for name, value in model.state_dict().items()}
            model.to(DEVICE)
# %% play
state, total = torch.zeros(4), 0.0
with torch.no_grad():
    for _ in range(200):
        action = policy(state).argmax().item()
        for substep in range(1000):  # a simulation that takes its time
            total += (substep % 7 - 3) * 1e-6
        state = torch.tensor([total, action, 1.0, 0.0])
# %% masks
masks = [torch.ones(16, 16).to(DEVICE) for _ in range(4)]
noise = torch.randn(16, 16).to(DEVICE)
