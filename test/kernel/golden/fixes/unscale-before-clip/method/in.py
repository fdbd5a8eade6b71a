for x, y in loader:
    with torch.autocast("cuda"):
        loss = F.mse_loss(model(x), y)
    self.optimizer.zero_grad()
    self.scaler.scale(loss).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    self.scaler.step(self.optimizer)
    self.scaler.update()
