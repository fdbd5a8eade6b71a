# advice: layer shape-mismatch 2; product shape-mismatch 2; loss shape-mismatch 5
# %% a
import torch
from torch import nn

torch.manual_seed(0)

class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
        self.head = nn.Linear(8 * 14 * 14, 10)

    def forward(self, images):
        return self.head(self.features(images).flatten(1))

model = Classifier().to(DEVICE)
images = torch.randn(4, 16, 16, 3, device=DEVICE)
queries, keys = torch.randn(6, 32, device=DEVICE), torch.randn(9, 32, device=DEVICE)
# %% layer
# raises: RuntimeError
logits = model.features(images)
# %% product
# raises: RuntimeError
scores = queries @ keys
# %% loss
# raises: ValueError
images = images.permute(0, 3, 1, 2)
criterion = nn.BCEWithLogitsLoss()
answers = torch.ones(4, device=DEVICE)
loss = criterion(model(images), answers)
