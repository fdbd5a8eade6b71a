from torch.utils.data import DataLoader
self.loader = DataLoader(data, batch_size=16, shuffle=True)
self.optimizer.zero_grad()
for batch_number, (x, y) in enumerate(self.loader, 1):
    out = model(x)
    self.loss = criterion(out, y)
    (self.loss / 4).backward()
    if batch_number % 4 == 0 or batch_number == len(self.loader):
        self.optimizer.step()
        self.optimizer.zero_grad()
