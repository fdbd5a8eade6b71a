# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils import data as D

torch.manual_seed(0)
# %% classes
class TensorDataset(D.Dataset):
    """Takes long over each item, whatever its name says."""
    def __init__(self, *tensors):
        self.tensors, self.epoch = tensors, 0
    def __len__(self):
        return len(self.tensors[0])
    def __getitem__(self, index):
        torch.manual_seed(self.epoch)
        x, *rest = (each[index] for each in self.tensors)
        return x + 0.1 * torch.randn_like(x), *rest

class Trainer:
    def __init__(self, model, data, **options):
        self.model = model
        self.loader = D.DataLoader(data, batch_size=16, **options)

    def fit(self, epochs):
        for epoch in range(epochs):
            self.loader.dataset.epoch = epoch
            for x, y in self.loader:
                F.mse_loss(self.model(x), y)
# %% grown
grown = Trainer(
    nn.Linear(4, 1).requires_grad_(False),
    TensorDataset(torch.randn(64, 4), torch.randn(64, 1)),
    num_workers=1,
    multiprocessing_context="fork",
)
grown.fit(4)
# %% kept
kept = {
    "train": D.DataLoader(
        grown.loader.dataset,
        16,
        num_workers=1,
        persistent_workers=True,
        multiprocessing_context="fork",
    )
}
for epoch in range(4):
    for x, y in kept["train"]:
        F.mse_loss(grown.model(x), y)
# %% plain
plain = Trainer(grown.model, D.TensorDataset(torch.randn(64, 4), torch.randn(64, 1)))
plain.loader = D.DataLoader(plain.loader.dataset, batch_size=32)
plain.loader = [(x + 1, y) for x, y in plain.loader]
for x, y in plain.loader:
    F.mse_loss(grown.model(x), y)
