from torch.utils.data import DataLoader
loader = DataLoader(data)
x = 1