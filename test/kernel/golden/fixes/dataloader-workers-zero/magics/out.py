%%time
!ls
from torch.utils.data import DataLoader
loader = DataLoader(data, num_workers=4); n = 3
