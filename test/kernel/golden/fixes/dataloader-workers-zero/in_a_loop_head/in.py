from torch.utils.data import DataLoader
for x in DataLoader(data): y = x
