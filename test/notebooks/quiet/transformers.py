# advice: none
# forwards: encode
# %% a
import torch
from torch import nn

layer = nn.TransformerEncoderLayer(32, 4, batch_first=True).to(DEVICE)
encoder = nn.TransformerEncoder(layer, 2).to(DEVICE)
words = torch.randn(2, 5, 32, device=DEVICE)
# %% encode
encoder.eval()
with torch.inference_mode():
    encoded = encoder(words)
# %% a_refusal_of_its_own
# raises: ValueError
class Checked(nn.TransformerEncoder):
    def forward(self, src):
        if src.shape[-1] != 32:
            raise ValueError("was expecting embedding dimension of 32")
        return super().forward(src)

Checked(layer, 2).to(DEVICE)(words[..., :16])
