# advice: predict evaluation-outputs
# needs: accelerator
# uses: transformers
# machine: {"memory.total_bytes": 536870912}
# %% setup
import os
import tempfile
import torch
from torch import nn

torch.manual_seed(0)
os.environ["ACCELERATE_TORCH_DEVICE"] = DEVICE  # one that accelerate may not know
from transformers import Trainer, TrainingArguments

class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 65536)
    def forward(self, x, labels=None):
        return {"loss": x.mean(), "logits": self.head(x)}

held = [{"x": torch.randn(16), "labels": torch.tensor(0)} for _ in range(372)]
args = TrainingArguments(
    tempfile.mkdtemp(), per_device_eval_batch_size=32, report_to=[], disable_tqdm=True
)
trainer = Trainer(model=Tagger(), args=args)
# %% predict
result = trainer.predict(held)
# %% read
best = torch.from_numpy(result.predictions.argmax(-1))
sizes, highest = result.predictions.shape, result.predictions.max().item()
del result
