# advice: again needless-workers 1
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
class Squares(Dataset):
    def __len__(self):
        return 256
    def __getitem__(self, index):
        return torch.tensor([float(index)]), torch.tensor([float(index) ** 2])

data = Squares()
model = nn.Linear(1, 1)

def measure(loader):
    with torch.no_grad():
        return sum(F.mse_loss(model(x), y).item() for x, y in loader)
# %% first
loader = DataLoader(data, batch_size=64)
curve = [measure(loader) for _ in range(16)]
# %% again
loader = DataLoader(data, batch_size=64, num_workers=2, multiprocessing_context="fork")
curve = [measure(loader) for _ in range(16)]
