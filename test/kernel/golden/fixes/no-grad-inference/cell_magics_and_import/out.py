
%%capture captured

%%time
import torch
with torch.no_grad():
    out = model(x)  # forward
