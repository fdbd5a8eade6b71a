from torch.backends import cudnn
if True:
	cudnn.benchmark = True; x = 1
