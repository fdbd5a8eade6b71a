from torch import device as D, nn
model = nn.Linear(2, 2).to(D("cuda"))
