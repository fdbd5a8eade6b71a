# advice: none
# %% setup
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)

class TinyLM(nn.Module):
    def __init__(self, vocab=64, width=64):
        super().__init__()
        self.embed = nn.Embedding(vocab, width)
        layer = nn.TransformerEncoderLayer(width, 4, 128, dropout=0.1, batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, vocab)

    def forward(self, ids):
        mask = nn.Transformer.generate_square_subsequent_mask(ids.shape[1], device=ids.device)
        return self.head(self.blocks(self.embed(ids), mask=mask, is_causal=True))

lm = TinyLM().to(DEVICE)
optimizer = torch.optim.AdamW(lm.parameters(), lr=3e-4, weight_decay=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
# %% train
lm.train()
for step in range(10):
    ids = torch.randint(0, 64, (8, 33), device=DEVICE)
    logits = lm(ids[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, 64), ids[:, 1:].reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
# %% generate
lm.eval()
ids = torch.zeros(1, 1, dtype=torch.long, device=DEVICE)
with torch.inference_mode():
    for _ in range(12):
        ids = torch.cat([ids, lm(ids)[:, -1:].argmax(-1)], 1)
print(ids.shape)
