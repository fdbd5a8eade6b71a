%matplotlib inline
import torch as th
th.backends.cudnn.benchmark = True
!nvidia-smi
