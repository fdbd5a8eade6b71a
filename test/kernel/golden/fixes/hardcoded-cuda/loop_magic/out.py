%%time
import torch
!nvidia-smi
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
for x, y in loader:
    x, y = x.to(device), y.to(device)
    out = model(x); loss = criterion(out, y)
