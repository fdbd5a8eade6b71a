from torch.utils.data import DataLoader
loader = DataLoader(data, batch_size=16, shuffle=True)
optimizer.zero_grad()
for batch_number, (x, y) in enumerate(loader, 1):
    out = model(x)
    loss = criterion(out, y)
    (loss / 4).backward()
    if batch_number % 4 == 0 or batch_number == len(loader):
        optimizer.step()
        optimizer.zero_grad()
