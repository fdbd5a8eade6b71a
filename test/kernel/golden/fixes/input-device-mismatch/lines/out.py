import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
%time out = 1
out = model(x.to(device)); print(out.shape)