# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split

torch.manual_seed(0)
# %% data
import time

class Augmented(Dataset):
    """Each item is worth a process."""
    def __len__(self):
        return 96
    def __getitem__(self, index):
        time.sleep(0.003)
        return torch.full((1, 16, 16), float(index)), index % 10

train_data, valid_data = random_split(Augmented(), [80, 16])
options = dict(num_workers=2, persistent_workers=True, multiprocessing_context="fork")
train = DataLoader(train_data, batch_size=16, shuffle=True, **options)
valid = DataLoader(valid_data, batch_size=16)
model = nn.Sequential(nn.Flatten(), nn.Linear(256, 10)).to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)
# %% preview
images, labels = next(iter(train))
images.shape, labels[:4].tolist()
# %% fit
accuracy = []
for epoch in range(4):
    model.train()
    for x, y in train:
        loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(x.to(DEVICE)).argmax(1).cpu() == y).sum() for x, y in valid)
    accuracy.append(right.item() / len(valid_data))
