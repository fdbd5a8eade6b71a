import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
with torch.no_grad():
    out = model(x.to(device))
