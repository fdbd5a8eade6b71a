from torch.optim import Adam
opt = Adam(net.parameters(), weight_decay=0.01)
