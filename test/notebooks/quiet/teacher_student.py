# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

teacher = nn.Sequential(nn.Linear(32, 4096), nn.ReLU(), nn.Linear(4096, 10)).to(DEVICE).eval()
for p in teacher.parameters():
    p.requires_grad = False
student = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 10)).to(DEVICE)
optimizer = torch.optim.Adam(student.parameters())
# %% distil
student.train()
for step in range(8):
    x = torch.randn(1024, 32, device=DEVICE)
    with torch.no_grad():
        soft = F.softmax(teacher(x) / 2, dim=1)
    loss = F.kl_div(F.log_softmax(student(x) / 2, dim=1), soft, reduction="batchmean") * 4
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"{loss.item():.3f}" != "")
