"""Slips that are made where a library has a part in the loop, and the same code without them."""

from __future__ import annotations

import pytest
from corpus import read
from corpus import run as run_notebook

pytestmark = pytest.mark.filterwarnings("ignore")

LIGHTNING = """\
# advice: {advice}
# %% setup
import logging
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
torch.manual_seed(0)
held = TensorDataset(torch.randn(64, 32), torch.randint(0, 2, (64,)))
data = TensorDataset(torch.randn(256, 32), torch.randint(0, 2, (256,)))

class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(32, 512), nn.ReLU(), nn.Linear(512, 512))
        self.head = nn.Linear(512, 2)
        self.spare = nn.Linear(512, 2)
        {frozen}
    def training_step(self, batch, index):
        return nn.functional.cross_entropy(self.head(self.body(batch[0])), batch[1])
    def validation_step(self, batch, index):
        self.head(self.body(batch[0]))
    def configure_optimizers(self):
        return torch.optim.AdamW(self.{trained}.parameters(), lr=1e-3)
# %% train
lit = Lit()
trainer = L.Trainer(
    max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False{clip},
)
trainer.fit(lit, DataLoader(data, 16), DataLoader(held, 16))
"""
ACCELERATE = """\
# advice: {advice}
# %% setup
import torch
from accelerate import Accelerator
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
torch.manual_seed(0)
accelerator = Accelerator(cpu=True)
old = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 2))
net = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 2))
optimizer = torch.optim.AdamW({trained}.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(torch.randn(256, 32), torch.randint(0, 2, (256,))), 16)
net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
# %% train
for x, y in loader:
    optimizer.zero_grad()
    accelerator.backward(nn.functional.cross_entropy(net(x), y))
    optimizer.step()
"""
LOW_RANK = """\
# advice: {advice}
# %% setup
import torch
from torch import nn
from transformers import BertConfig, BertForSequenceClassification
from transformers import get_linear_schedule_with_warmup
torch.manual_seed(0)
model = BertForSequenceClassification(BertConfig(
    hidden_size=128, num_hidden_layers=2, num_attention_heads=4, intermediate_size=256,
    vocab_size=2000, num_labels=2,
))

class LoRA(nn.Module):
    def __init__(self, base, rank=4):
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(rank, base.in_features) * 0.02)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
    def forward(self, x):
        return self.base(x) + x @ self.a.T @ self.b.T

def adapt(model):
    for module in list(model.modules()):
        for name in ("query", "value"):
            if isinstance(getattr(module, name, None), nn.Linear):
                setattr(module, name, LoRA(getattr(module, name)))

{freeze}
adapt(model)
trained = [p for name, p in model.named_parameters() if name.endswith((".a", ".b"))]
optimizer = torch.optim.AdamW(trained, lr=1e-3)
schedule = get_linear_schedule_with_warmup(optimizer, 2, 8)
ids, labels = torch.randint(0, 2000, (64, 8)), torch.randint(0, 2, (64,))
# %% train
model.train()
for chunk, wanted in zip(ids.split(8), labels.split(8)):
    loss = model(input_ids=chunk, labels=wanted).loss
    loss.backward()
    nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
"""
DIFFUSION = """\
# advice: {advice}
# %% setup
import torch
from torch import nn
from diffusers import DDPMScheduler, UNet2DModel
torch.manual_seed(0)
unet = UNet2DModel(
    sample_size=16, in_channels=1, out_channels=1, layers_per_block=1,
    block_out_channels=(16, 32), norm_num_groups=8,
    down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
)
scheduler = DDPMScheduler(num_train_timesteps=50)
optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-3)
# %% train
for clean in torch.randn(32, 1, 16, 16).split(8):
    noise, t = torch.randn(8, 1, 16, 16), torch.randint(0, 50, (8,))
    loss = nn.functional.mse_loss(unet(scheduler.add_noise(clean, noise, t), t).sample, noise)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# %% sample
image = torch.randn(8, 1, 16, 16)
scheduler.set_timesteps(4)
for t in scheduler.timesteps:
    predicted = unet(image, t).sample
    image = scheduler.step(predicted, t, image).prev_sample
# %% show
grid = image.detach().cpu().clamp(-1, 1)
{more}
"""
REWARD = """\
# %% reward
optimizer.zero_grad()
(-image.mean()).backward()
optimizer.step()
"""
UNTAKEN = "train gradients-without-optimizer"
LIT = {"frozen": "", "clip": "", "trained": "head"}
CASES = {
    "lightning": (LIGHTNING, UNTAKEN, LIT),
    "lightning clips": (LIGHTNING, UNTAKEN, {**LIT, "clip": ", gradient_clip_val=1.0"}),
    "lightning frozen": (
        LIGHTNING,
        "none",
        {**LIT, "frozen": "self.body.requires_grad_(False)"},
    ),
    "lightning spare": (
        LIGHTNING,
        f"train parameters-without-gradient; {UNTAKEN}",
        {**LIT, "trained": "spare"},
    ),
    "accelerate": (ACCELERATE, "train parameters-without-gradient 4", {"trained": "old"}),
    "accelerate its own": (ACCELERATE, "none", {"trained": "net"}),
    "transformers": (LOW_RANK, UNTAKEN, {"freeze": ""}),
    "transformers frozen": (LOW_RANK, "none", {"freeze": "model.requires_grad_(False)"}),
    "diffusers": (DIFFUSION, "sample no-grad-inference 4", {"more": ""}),
    "diffusers a reward": (DIFFUSION, "none", {"more": REWARD}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_advised(tmp_path, name):
    text, advice, more = CASES[name]
    pytest.importorskip(name.partition(" ")[0])
    path = tmp_path / "notebook.py"
    path.write_text(text.format(advice=advice, **more))
    case = read(path)
    result = run_notebook(case, "cpu")
    assert result.health == []
    found = result.advice()
    assert set(found) == {(each.cell, each.rule) for each in case.expected}
    for each in case.expected:
        assert not each.lines or tuple(found[each.cell, each.rule].lines) == each.lines
    assert case.expected or not result.ever


SAVED = {
    "transformers": """\
# advice: load state-dict-keys 2
# %% setup
from transformers import BertConfig, BertForSequenceClassification as Bert
config = dict(
    hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, vocab_size=100
)
Bert(BertConfig(**config, num_labels=2)).save_pretrained("{folder}")
# %% load
# raises: RuntimeError
model = Bert.from_pretrained("{folder}", num_labels=5)
# %% anew
model = Bert.from_pretrained("{folder}", num_labels=5, ignore_mismatched_sizes=True)
""",
    "diffusers": """\
# advice: load state-dict-keys 2
# %% setup
from diffusers import UNet2DModel
config = dict(
    layers_per_block=1, block_out_channels=(8, 16), norm_num_groups=8,
    down_block_types=("DownBlock2D",) * 2, up_block_types=("UpBlock2D",) * 2,
)
UNet2DModel(**config).save_pretrained("{folder}")
# %% load
# raises: ValueError or RuntimeError
net = UNet2DModel.from_pretrained("{folder}", in_channels=1)
# %% anew
net = UNet2DModel.from_pretrained(
    "{folder}", in_channels=1, low_cpu_mem_usage=False, ignore_mismatched_sizes=True
)
""",
}
SIZES = {
    "transformers": ["classifier.bias: [2] in the", "classifier.weight: [2, 32] in the"],
    "diffusers": ["conv_in.weight: [8, 3, 3, 3] in the checkpoint, [8, 1, 3, 3] here"],
}


@pytest.mark.parametrize("library", SAVED)
def test_sizes_of_a_checkpoint_that_is_refused(tmp_path, library):
    pytest.importorskip(library)
    path = tmp_path / "notebook.py"
    path.write_text(SAVED[library].replace("{folder}", (tmp_path / "model").as_posix()))
    result = run_notebook(read(path), "cpu")
    assert result.health == []
    (advice,) = result.advice().values()
    assert (advice.rule, advice.lines) == ("state-dict-keys", [2])
    assert "ignore_mismatched_sizes=True)` initialises them" in advice.explanation
    assert ("low_cpu_mem_usage=False" in advice.explanation) == (library == "diffusers")
    keys = result.latest()["load"].error.keys
    assert keys.sizes_count == len(SIZES[library])
    for found, begin in zip(keys.sizes, SIZES[library], strict=True):
        assert found.startswith(begin)
