x = 1
model.encoder.requires_grad = False
