%%time
import torch
!nvidia-smi
for x, y in loader:
    x, y = x.cuda(), y.cuda()
    out = model(x); loss = criterion(out, y)
