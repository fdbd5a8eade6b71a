import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = nn.Sequential(
    nn.Linear(2, 2),  # in
    nn.ReLU(),
)
model = model.to(device)
for i, (x, _) in enumerate(loader):
    x = x.to(device)
    out = model(x)
