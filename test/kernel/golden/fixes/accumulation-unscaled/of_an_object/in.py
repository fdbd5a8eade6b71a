for i, (x, y) in enumerate(loader):
    self.loss = criterion(model(x), y)
    self.loss.backward()
    if (i + 1) % 4 == 0:
        self.optimizer.step()
        self.optimizer.zero_grad()
