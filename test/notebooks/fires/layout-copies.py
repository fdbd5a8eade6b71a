# advice: search layout-copies 3
# needs: cpu
# deep: search
# tried: {"no_copy": 2.0}
# %% model
import torch

torch.manual_seed(0)

known = torch.randn(48000, 512)
queries = [torch.randn(32, 512) for _ in range(12)]
net = torch.nn.Linear(512, 512)
found = []
# %% search
for x in queries:
    with torch.no_grad():
        scores = net(x) @ known.t().contiguous()
        found.append(scores.argmax(dim=1))
