class Run:
    def work(self, rank):
        torch.set_num_threads(1)
        with torch.no_grad():
            self.model(rank)
