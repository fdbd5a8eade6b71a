class Run:
    def load(self):
        self.state = torch.load(self.path, weights_only=False)['model']
