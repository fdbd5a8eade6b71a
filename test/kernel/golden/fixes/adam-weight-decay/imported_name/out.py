from torch.optim import Adam
opt = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
