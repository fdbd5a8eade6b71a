# advice: fit loss-history-graph 13; train loss-history-graph 22
# %% setup
from collections import defaultdict

import torch
from torch import nn

torch.manual_seed(0)

class Recorder:
    def __init__(self):
        self.log = defaultdict(list)

    def after_step(self, trainer):
        self.log["loss"].append(trainer.loss)
        self.log["step"]

class Callback:
    def __init__(self):
        self.history = {}

    def on_step(self, **values):
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

class Trainer:
    def __init__(self, net, callbacks=()):
        self.net, self.callbacks = net.to(DEVICE), callbacks
        self.optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def fit(self, data):
        for x, y in data:
            self.loss = nn.functional.mse_loss(self.net(x), y)
            self.optimizer.zero_grad()
            self.loss.backward()
            self.optimizer.step()
            for callback in self.callbacks:
                callback.after_step(self)

def make():
    layers = [layer for _ in range(8) for layer in (nn.Linear(128, 128), nn.Tanh())]
    return nn.Sequential(*layers, nn.Linear(128, 1))

recorder, callback = Recorder(), Callback()
trainer, model = Trainer(make(), [recorder]), make().to(DEVICE)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
data = [(torch.randn(8, 128, device=DEVICE), torch.randn(8, 1, device=DEVICE)) for _ in range(40)]
# %% fit
trainer.fit(data)
# %% train
for x, y in data:
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    callback.on_step(loss=loss)
# %% look
total = sum(value.item() for value in recorder.log["loss"] + callback.history["loss"])
