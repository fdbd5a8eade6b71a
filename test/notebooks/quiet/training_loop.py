# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
data = torch.utils.data.TensorDataset(torch.randn(512, 32), torch.randint(0, 4, (512,)))
loader = torch.utils.data.DataLoader(data, batch_size=64, shuffle=True)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 4)).to(DEVICE)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
criterion = nn.CrossEntropyLoss()
# %% train
losses = []
for epoch in range(3):
    model.train()
    for x, y in loader:
        x, y = x.to(DEVICE), y.to(DEVICE)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    losses.append(loss.item())
# %% evaluate
model.eval()
correct = 0
with torch.no_grad():
    for x, y in loader:
        correct += (model(x.to(DEVICE)).argmax(1) == y.to(DEVICE)).sum().item()
accuracy = correct / len(data)
