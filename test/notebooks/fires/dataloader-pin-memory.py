# advice: predict dataloader-pin-memory 7
# needs: accelerator
# machine: {"record.duration_s": 1.0}
# %% setup
import torch
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)
# %% data
class Frames(Dataset):
    def __len__(self):
        return 24
    def __getitem__(self, index):
        return torch.full((4, 1024, 1024), float(index))

loader = DataLoader(Frames(), batch_size=1, num_workers=1, multiprocessing_context="fork")
# %% predict
total = torch.zeros((), device=DEVICE)
for x in loader:
    total += x.to(DEVICE).mean()
