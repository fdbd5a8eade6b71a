# advice: predict fuse-conv-bn
# machine: {"record.duration_s": 8.0}
# %% setup
import torch
from torch import nn

torch.manual_seed(0)

class Detector:
    """Holds a network; no module itself."""
    def __init__(self, width):
        self.net = nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 3))
        self.net.to(DEVICE).eval()
    @torch.no_grad()
    def means(self, images):
        return [self.net(image[None]).mean() for image in images]
# %% predict
detector = Detector(32)
means = detector.means(torch.randn(600, 3, 64, 64, device=DEVICE))
