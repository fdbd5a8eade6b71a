from torch.optim import Adam, AdamW
opt = AdamW(net.parameters(), weight_decay=0.01)
