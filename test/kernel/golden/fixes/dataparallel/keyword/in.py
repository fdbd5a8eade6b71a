from torch.nn import DataParallel
model = DataParallel(module=net)
