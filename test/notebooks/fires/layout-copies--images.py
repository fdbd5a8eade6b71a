# advice: predict layout-copies 14
# needs: cpu
# deep: predict
# tried: {"channels_last": 1.2}
# %% model
import torch
from torch import nn

torch.manual_seed(0)


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Conv2d(3, 32, 1)
        self.classify = nn.Linear(32, 3)

    def forward(self, x):
        scores = self.scores(x).permute(0, 2, 3, 1).contiguous()
        return self.classify(scores.view(len(x), -1, 32))


net = Head()
images = [torch.randn(36, 3, 160, 160) for _ in range(10)]
results = []
# %% predict
net.eval()
with torch.inference_mode():
    for x in images:
        results.append(net(x).amax(dim=1))
