from torch.backends import cudnn
if True:
	cudnn.benchmark = False; x = 1
