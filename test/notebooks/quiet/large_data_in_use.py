# advice: none
# %% load
import torch
from torch import nn

torch.manual_seed(0)
images = torch.rand(2000, 3, 64, 64)
mean = images.mean((0, 2, 3))
# %% split
train_images, test_images = images[:1600], images[1600:]
# %% model
model = nn.Sequential(nn.Conv2d(3, 4, 5, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(900, 2)).to(DEVICE)
with torch.no_grad():
    model(train_images[:2].to(DEVICE))
optimizer = torch.optim.AdamW(model.parameters())
# %% train
for i in range(0, 1600, 400):
    x = train_images[i : i + 400].to(DEVICE)
    loss = nn.functional.cross_entropy(model(x), torch.zeros(len(x), dtype=torch.long, device=DEVICE))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% test
model.eval()
with torch.no_grad():
    out = model(test_images.to(DEVICE)).argmax(1).cpu()
