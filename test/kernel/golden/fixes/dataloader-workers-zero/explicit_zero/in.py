from torch.utils.data import DataLoader
loader = DataLoader(data, 32, True, num_workers=0)  # slow
