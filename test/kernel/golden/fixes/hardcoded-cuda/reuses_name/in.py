import torch
dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
model = Net().cuda()
