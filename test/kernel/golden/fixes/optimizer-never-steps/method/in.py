class Trainer:
    def fit(self, data):
        for x in data:
            self.optimizer.zero_grad()
            self.accelerator.backward(self.loss(x))
            self.schedule.advance()
