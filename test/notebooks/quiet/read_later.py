# advice: none
# waits: spread
# %% setup
import torch

torch.manual_seed(0)
x = torch.randn(2400, 64, device=DEVICE)
# %% scores
scores = x @ x.T
top = scores.max().item()
# %% distances
squares = (x @ x.T).square()
largest = squares.max().item()
def smallest():
    return squares.min().item()
# %% other
print(top > 0)
# %% another
print(largest > 0)
# %% spread
spread = scores.std().item()
