from torch.utils.data import DataLoader
self.loader = DataLoader(data, batch_size=64, shuffle=True)
for x, y in self.loader:
    self.optimizer.zero_grad()
    out = model(x)
    self.loss = criterion(out, y)
    self.loss.backward()
    self.optimizer.step()
