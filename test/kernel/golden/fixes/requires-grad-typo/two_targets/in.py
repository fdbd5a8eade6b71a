model.encoder.requires_grad = flag = False
