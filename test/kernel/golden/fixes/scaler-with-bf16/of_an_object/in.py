with torch.autocast("cuda", dtype=torch.bfloat16):
    self.loss = F.mse_loss(model(x), y)
scaler.scale(self.loss).backward()
scaler.step(self.optimizer)
scaler.update()
