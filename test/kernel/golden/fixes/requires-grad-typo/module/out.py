model.encoder.requires_grad_(False)
