# advice: none
# uses: transformers
# machine: {"memory.total_bytes": 536870912}
# forwards: by_parts best losses batches few
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

def trainer(each=None, by_batch=False, **more):
    args = TrainingArguments(
        tempfile.mkdtemp(),
        per_device_eval_batch_size=32,
        eval_accumulation_steps=each,
        batch_eval_metrics=by_batch,
        dataloader_pin_memory=False,
        report_to=[],
        disable_tqdm=True,
    )
    return Trainer(model=Tagger(), args=args, **more)

class Hits:
    def __init__(self):
        self.hits = 0
    def __call__(self, given, compute_result):
        self.hits += int((given.predictions.argmax(-1) == given.label_ids).sum())
        return {"hits": self.hits} if compute_result else {}

held = [{"x": torch.randn(16), "labels": torch.tensor(0)} for _ in range(372)]
# %% by_parts
logits = trainer(each=2).predict(held).predictions
del logits
# %% best
best = trainer(preprocess_logits_for_metrics=lambda logits, labels: logits.argmax(-1)).predict(held)
# %% losses
loss = trainer().evaluate(held)["eval_loss"]
# %% batches
hits = trainer(by_batch=True, compute_metrics=Hits()).evaluate(held)["eval_hits"]
# %% few
some = trainer().predict(held[:64]).predictions.shape
# %% on_the_host
if DEVICE == "cpu":
    shape = trainer().predict(held).predictions.shape
