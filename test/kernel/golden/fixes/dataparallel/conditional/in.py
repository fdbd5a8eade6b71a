from torch import nn
if torch.cuda.is_available():
    model = nn.DataParallel(model)
