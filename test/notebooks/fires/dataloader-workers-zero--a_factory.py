# advice: train dataloader-workers-zero 12
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time
from dataclasses import dataclass

class Scans(Dataset):
    def __len__(self):
        return 56
    def __getitem__(self, index):
        time.sleep(0.02)  # a slow store
        return torch.full((256,), float(index)), torch.tensor(index % 10)

def make_loader(data, cfg):
    return DataLoader(data, cfg.batch_size, shuffle=cfg.shuffle)

@dataclass
class Config:
    batch_size: int = 8
    shuffle: bool = True
# %% train
def train(model, cfg):
    loader = make_loader(Scans(), cfg)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    for x, y in loader:
        loss = F.cross_entropy(model(x.to(DEVICE)), y.to(DEVICE))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        time.sleep(0.08)  # a larger model

model = nn.Linear(256, 10).to(DEVICE)
train(model, Config())
