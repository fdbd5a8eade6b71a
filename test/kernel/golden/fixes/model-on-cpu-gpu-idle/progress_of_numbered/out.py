from tqdm import tqdm
import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = Net()
model = model.to(device)
for i, (x, y) in tqdm(enumerate(loader), total=9):
    x, y = x.to(device), y.to(device)
    out = model(x)  # logits
