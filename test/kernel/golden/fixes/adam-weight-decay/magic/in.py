%matplotlib inline
!nvidia-smi
import torch
opt = torch.optim.Adam(model.parameters(), weight_decay=1e-4)
