# advice: train evaluation-outputs
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
        self.head = nn.Linear(16, 8192)
    def forward(self, x, labels):
        logits = self.head(x)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

data = [{"x": torch.randn(16), "labels": torch.tensor(i)} for i in range(64)]
held = [{"x": torch.randn(16), "labels": torch.tensor(0)} for _ in range(2600)]

def hits(given):
    return {"hits": float((given.predictions.argmax(-1) == given.label_ids).mean())}

def prepare():
    args = TrainingArguments(
        tempfile.mkdtemp(),
        num_train_epochs=2,
        per_device_train_batch_size=16,
        per_device_eval_batch_size=100,
        eval_strategy="epoch",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )
    return Trainer(
        Tagger(), args, train_dataset=data, eval_dataset=held, compute_metrics=hits
    )
# %% train
trainer = prepare()
trainer.train()
# %% read
found = [entry["eval_hits"] for entry in trainer.state.log_history if "eval_hits" in entry]
