from torch.utils.data import DataLoader
loader = DataLoader(data, num_workers=4)
x = 1