import torch
torch.backends.cudnn.benchmark = True
run()
torch.backends.cudnn.benchmark = True
