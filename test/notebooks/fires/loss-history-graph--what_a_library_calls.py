# advice: steps loss-history-graph 14; callback loss-history-graph 5
# %% setup
import torch
from torch import nn

torch.manual_seed(0)
data = [(torch.randn(32, 16, device=DEVICE), torch.randint(0, 3, (32,), device=DEVICE)) for _ in range(6)]
# % library
import pathlib, sys, tempfile
folder = pathlib.Path(tempfile.mkdtemp()) / "site-packages"
(folder / "lightweight_trainer").mkdir(parents=True)
_ = (folder / "lightweight_trainer" / "__init__.py").write_text("""
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
import lightweight_trainer
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
        self.losses.append(loss)
        return loss
class Plain(Task):
    def training_step(self, batch, number):
        return self.loss(self(batch[0]), batch[1])
# %% recorder
class Recorder:
    def __init__(self):
        self.seen = []
    def on_step_end(self, task, loss):
        self.seen.append(loss)
# %% steps
task = Task().to(DEVICE)
lightweight_trainer.fit(task, 60, data)
# %% callback
recorder = Recorder()
lightweight_trainer.fit(Plain().to(DEVICE), 60, data, [recorder])
# %% report
curve = [float(loss) for loss in recorder.seen]
