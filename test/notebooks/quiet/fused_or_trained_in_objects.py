# advice: none
# forwards: predict
# machine: {"record.duration_s": 8.0}
# %% setup
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval as fuse

torch.manual_seed(0)

class Detector:
    def __init__(self, width):
        conv, norm = nn.Conv2d(3, width, 3).eval(), nn.BatchNorm2d(width).eval()
        self.plain = nn.Sequential(conv, norm, nn.ReLU(), nn.Conv2d(width, width, 3)).to(DEVICE).eval()
        self.net = nn.Sequential(fuse(conv, norm), nn.ReLU(), nn.Conv2d(width, width, 3)).to(DEVICE).eval()
    @torch.no_grad()
    def means(self, images, net=None):
        return [(net or self.net)(image[None]).mean() for image in images]
# %% predict
detector = Detector(16)
means = detector.means(torch.randn(40, 3, 64, 64, device=DEVICE))
