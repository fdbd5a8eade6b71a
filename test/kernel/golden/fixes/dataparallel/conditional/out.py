from torch import nn
if torch.cuda.is_available():
    pass
