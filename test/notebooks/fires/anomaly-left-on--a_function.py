# advice: train anomaly-left-on 8
# %% setup
import torch
from torch import nn
from torch.autograd import set_detect_anomaly as anomalies

torch.manual_seed(0)

def prepare(debug=True):
    anomalies(True)
    return nn.Linear(16, 4).to(DEVICE)

class Trainer:
    def __init__(self, net):
        self.net, self.opt = net, torch.optim.SGD(net.parameters(), lr=0.01)
    def epoch(self, data):
        for x in data:
            self.opt.zero_grad()
            self.net(x.to(DEVICE)).pow(2).mean().backward()
            self.opt.step()
# %% train
trainer = Trainer(prepare())
trainer.epoch(torch.randn(60, 8, 16))
# %% off
anomalies(False);
