# advice: none
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
data = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(6)]
# % library
import pathlib, sys, tempfile
folder = pathlib.Path(tempfile.mkdtemp()) / "site-packages"
(folder / "patient_trainer").mkdir(parents=True)
_ = (folder / "patient_trainer" / "__init__.py").write_text("""
def fit(task, steps, data, callbacks=(), every=1):
    optimizer = task.configure_optimizers()
    kept = []
    for step in range(steps):
        loss = task.training_step(data[step % len(data)], step)
        kept.append(loss["loss"] if isinstance(loss, dict) else loss)
        if len(kept) == every:
            optimizer.zero_grad()
            sum(kept).backward()
            optimizer.step()
            kept = []
        for callback in callbacks:
            callback.on_step_end(task, loss)
""")
sys.path.insert(0, str(folder))
import patient_trainer
# %% task
class Task(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [layer for _ in range(6) for layer in (nn.Linear(32, 32), nn.Tanh())]
        self.net = nn.Sequential(nn.Linear(16, 32), *layers, nn.Linear(32, 3))
        self.loss, self.losses = nn.CrossEntropyLoss(), []
    def forward(self, x):
        return self.net(x)
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)
    def training_step(self, batch, number):
        x, y = batch
        loss = self.loss(self(x), y)
        return {"loss": loss}
class Waiting(Task):
    def training_step(self, batch, number):
        loss = self.loss(self(batch[0]), batch[1])
        self.losses.append(loss)
        return loss
# %% recorder
class Recorder:
    def __init__(self):
        self.seen = []
    def on_step_end(self, task, output):
        self.seen.append(output)
# %% dictionaries
recorder = Recorder()
patient_trainer.fit(Task().to(DEVICE), 60, data, [recorder])
# %% accumulated
task = Waiting().to(DEVICE)
patient_trainer.fit(task, 59, data, every=30)
