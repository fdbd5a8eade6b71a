# advice: train missing-eval 14
# fixed: not compared: dropout works differently in the validation, which is what the fix is for
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(960, 16, device=DEVICE)
y = torch.randint(0, 3, (960,), device=DEVICE)
train = list(zip(x[:640].split(64), y[:640].split(64)))
valid = list(zip(x[640:].split(64), y[640:].split(64)))
# %% library
import pathlib, sys, tempfile
folder = pathlib.Path(tempfile.mkdtemp()) / "site-packages"
(folder / "tiny_trainer").mkdir(parents=True)
_ = (folder / "tiny_trainer" / "__init__.py").write_text("""
def fit(task, epochs, train, valid):
    optimizer = task.configure_optimizers()
    for epoch in range(epochs):
        for number, batch in enumerate(train):
            optimizer.zero_grad()
            task.training_step(batch, number).backward()
            optimizer.step()
        for number, batch in enumerate(valid):
            task.validation_step(batch, number)
        task.on_epoch_end()
""")
sys.path.insert(0, str(folder))
import tiny_trainer
# %% task
class Task(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(16, 2048), nn.ReLU(), nn.Dropout(0.3), nn.Linear(2048, 1024), nn.Linear(1024, 3))
        self.loss = nn.CrossEntropyLoss()
        self.summed, self.curve = 0, []
    def forward(self, x):
        return self.net(x)
    def training_step(self, batch, number):
        xb, yb = batch
        return self.loss(self(xb), yb)
    def validation_step(self, batch, number):
        xb, yb = batch
        scores = self(xb)

        self.summed += self.loss(scores, yb)
    def on_epoch_end(self):
        self.curve.append(float(self.summed))
        self.summed = 0
    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 1e-3)
# %% train
task = Task().to(DEVICE)
tiny_trainer.fit(task, 3, train, valid)
