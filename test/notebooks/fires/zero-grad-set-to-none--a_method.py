# advice: train zero-grad-set-to-none 13
# fixed: not compared: parameters without a gradient are left alone
# %% setup
import torch
import torch.nn as N
import torch.nn.functional as F
# %% train
class Fitter:
    """Clears by hand, as before PyTorch 0.4."""
    def __init__(self, net, cfg):
        self.net = net
        self.opt = torch.optim.SGD(self.net.parameters(), **cfg)

    def clear(self):
        for group in self.opt.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                weight.grad.detach_()
                weight.grad.zero_()

    def epoch(self, data):
        for x, y in data:
            self.clear()
            F.cross_entropy(self.net(x), y).backward()
            self.opt.step()

torch.manual_seed(0)
fitter = Fitter(N.Sequential(N.Linear(512, 1024), N.ReLU(), N.Linear(1024, 10)).to(DEVICE), dict(lr=0.01))
for _ in range(2):
    fitter.epoch([(torch.randn(32, 512, device=DEVICE), torch.randint(0, 10, (32,), device=DEVICE)) for _ in range(3)])
