class Run:
    def load(self):
        self.state = torch.load(self.path)['model']
