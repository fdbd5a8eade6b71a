# advice: none
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
import time

class Archive(Dataset):
    """Opens its file at the first item; every worker would have to do that again."""
    items = None
    def __len__(self):
        return 256
    def __getitem__(self, index):
        if self.items is None:
            time.sleep(1.2)
            self.items = torch.arange(256 * 64.0).reshape(256, 64) / 2**14
        return self.items[index]

loader = DataLoader(Archive(), batch_size=32)
model = nn.Linear(64, 8).to(DEVICE).eval()
# %% embed
with torch.no_grad():
    codes = torch.cat([model(x.to(DEVICE)).cpu() for x in loader])
