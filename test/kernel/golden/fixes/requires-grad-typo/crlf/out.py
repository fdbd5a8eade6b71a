x = 1
model.encoder.requires_grad_(False)
