# advice: make dataloader-too-many-workers 4
# %% setup
import torch
import torch.utils.data

torch.manual_seed(0)
# %% classes
class Numbers:
    def __init__(self, size, batch_size):
        self.loaders = tuple(
            torch.utils.data.DataLoader(torch.arange(float(n)), batch_size, num_workers=1024)
            for n in (size, size // 5)
        )
# %% make
numbers = Numbers(100, batch_size=10)
steps = [len(loader) for loader in numbers.loaders]
