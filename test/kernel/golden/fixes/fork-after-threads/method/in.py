class Run:
    def work(self, rank):
        with torch.no_grad():
            self.model(rank)
