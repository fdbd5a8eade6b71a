# advice: fit persistent-workers 12
# %% setup
import torch
from torch import nn
from torch.utils.data import DataLoader as Loader, Dataset

torch.manual_seed(0)
# %% data
class Squares(Dataset):
    def __init__(self, size):
        self.size = size
    def __len__(self):
        return self.size
    def __getitem__(self, index):
        return torch.tensor([float(index)]), torch.tensor([float(index) ** 2])

sizes = {"train": 64, "valid": 16}
options = dict(batch_size=8)
loaders = {
    split: Loader(Squares(size), num_workers=1, multiprocessing_context="fork", batch_size=8)
    for split, size in sizes.items()
}
# %% functions
def fit(model, loaders, epochs=12):
    for _ in range(epochs):
        for x, y in loaders["train"]:
            model.weight.data += 0 * (model(x) - y).mean().item()
# %% fit
fit(nn.Linear(1, 1).requires_grad_(False), loaders)
