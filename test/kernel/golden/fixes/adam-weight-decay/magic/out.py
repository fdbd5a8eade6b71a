%matplotlib inline
!nvidia-smi
import torch
opt = torch.optim.AdamW(model.parameters(), weight_decay=1e-4)
