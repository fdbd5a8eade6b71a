%%time
!ls
from torch.utils.data import DataLoader
loader = DataLoader(data); n = 3
