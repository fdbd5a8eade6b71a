with torch.autocast("cuda", dtype=torch.bfloat16):
    self.loss = F.mse_loss(model(x), y)
self.loss.backward()
self.optimizer.step()
