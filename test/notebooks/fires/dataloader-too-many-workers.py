# advice: loaders dataloader-too-many-workers 2 3
# %% setup
import torch
from torch.utils.data import DataLoader

torch.manual_seed(0)
# %% loaders
train_data, valid_data = torch.arange(100.0), torch.arange(20.0)
train = DataLoader(train_data, batch_size=10, shuffle=True, num_workers=1024)
valid = DataLoader(valid_data, batch_size=10, num_workers=1024)
steps = len(train), len(valid)
