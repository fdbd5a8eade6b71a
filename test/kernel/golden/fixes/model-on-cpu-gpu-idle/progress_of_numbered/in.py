from tqdm import tqdm
import torch
model = Net()
for i, (x, y) in tqdm(enumerate(loader), total=9):
    out = model(x)  # logits
