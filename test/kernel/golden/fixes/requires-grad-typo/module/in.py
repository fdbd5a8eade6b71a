model.encoder.requires_grad = False
