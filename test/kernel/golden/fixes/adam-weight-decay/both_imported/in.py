from torch.optim import Adam, AdamW
opt = Adam(net.parameters(), weight_decay=0.01)
