import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
!ls *.pt
state = torch.load(
    path,
    map_location=device,
)