# advice: a no-grad-inference 4
# forwards: a
# %% setup
# Batches that are dicts.
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)

def make_model(width=256, depth=8, out=10):
    layers = []
    for _ in range(depth):
        layers += [nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, out)).to(DEVICE)

model = make_model()
x = torch.randn(512, 256, device=DEVICE)
y = torch.randint(0, 10, (512,), device=DEVICE)
loader = [
    (torch.randn(512, 256, device=DEVICE), torch.randint(0, 10, (512,), device=DEVICE))
    for _ in range(4)
]
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# %% f
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = make_model()
    def forward(self, image, scale):
        return {'logits': self.body(image * scale)}
net = Net().eval()

# %% a
batches = [{'image': xb, 'scale': 2.0} for xb, _ in loader]
outs = []
for batch in batches:
    outs.append(net(**batch)['logits'])
