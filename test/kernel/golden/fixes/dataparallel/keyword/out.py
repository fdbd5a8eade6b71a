from torch.nn import DataParallel
model = net
