from torch.utils.data import DataLoader
loader = DataLoader(data, **options)
