# advice: b worker-import 5
# %% a
import torch
from torch.utils.data import DataLoader, TensorDataset

data = TensorDataset(torch.ones(8, 2))
# %% b
# raises: PicklingError or AttributeError
loader = DataLoader(
    data, num_workers=1, multiprocessing_context="spawn", collate_fn=lambda items: items
)
batches = list(loader)
