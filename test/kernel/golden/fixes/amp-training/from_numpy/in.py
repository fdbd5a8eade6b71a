for images, labels in self.batches:
    self.optimizer.zero_grad()
    out = model(torch.from_numpy(images).to(device))
    loss = criterion(out, torch.from_numpy(labels).to(device))
    loss.backward()
    self.optimizer.step()
