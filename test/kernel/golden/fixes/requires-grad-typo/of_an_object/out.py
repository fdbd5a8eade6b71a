for self.p in model.parameters():
    self.p.requires_grad = False
