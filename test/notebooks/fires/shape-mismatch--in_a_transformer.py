# advice: layers shape-mismatch 2; norm_first shape-mismatch 2; decoder shape-mismatch 2; attention shape-mismatch 2; whole shape-mismatch 3; stack shape-mismatch 9
# %% a
import torch
from torch import nn

layer = nn.TransformerEncoderLayer(32, 4).to(DEVICE)
first = nn.TransformerEncoderLayer(32, 4, norm_first=True).to(DEVICE)
decoder = nn.TransformerDecoderLayer(32, 4).to(DEVICE)
attention = nn.MultiheadAttention(32, 4).to(DEVICE)
words = torch.randn(2, 5, 16, device=DEVICE)
wide = torch.randn(2, 5, 32, device=DEVICE)
# %% layers
# raises: AssertionError
layer(words)
# %% norm_first
# raises: RuntimeError
first(words)
# %% decoder
# raises: RuntimeError
decoder(wide, words)
# %% attention
# raises: RuntimeError
attention(wide, words, words)
# %% whole
# raises: RuntimeError
whole = nn.Transformer(32, 4, 1, 1).to(DEVICE)
whole(words, words)
# %% stack
# raises: AssertionError
class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)

    def forward(self, x):
        return self.encoder(x)

reader = Reader().to(DEVICE)
reader(words)
