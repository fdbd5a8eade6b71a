from torch.utils.data import DataLoader
loader = DataLoader(
    data,
    batch_size=32,  # small
    shuffle=True,
    num_workers=4,
)
