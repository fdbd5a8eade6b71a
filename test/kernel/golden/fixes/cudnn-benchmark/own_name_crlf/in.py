%matplotlib inline
import torch as th
!nvidia-smi
