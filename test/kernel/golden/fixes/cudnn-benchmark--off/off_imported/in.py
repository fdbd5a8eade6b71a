from torch.backends import cudnn
cudnn.benchmark = True
