for self.p in model.parameters():
    self.p.require_grad = False
