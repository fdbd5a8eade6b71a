class Trainer:
    @torch.enable_grad()
    def step(self, x):
        loss = self.loss(x)
        loss.backward()
        self.optimizer.step()
        return loss.item()
