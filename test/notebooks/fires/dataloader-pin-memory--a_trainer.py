# advice: predict dataloader-pin-memory 9
# needs: accelerator
# machine: {"record.duration_s": 1.0}
# %% setup
import torch
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% classes
class Frames(Dataset):
    def __len__(self):
        return 24
    def __getitem__(self, index):
        return torch.full((4, 1024, 1024), float(index))

class Statistics:
    def __init__(self, data, **options):
        self.loader = DataLoader(data, batch_size=1, num_workers=1, multiprocessing_context="fork")

    def mean(self, device):
        total = torch.zeros((), device=device)
        for x in self.loader:
            total += x.to(device).mean()
        return total / len(self.loader)
# %% predict
mean = Statistics(Frames()).mean(DEVICE)
