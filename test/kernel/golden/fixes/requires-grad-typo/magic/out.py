%matplotlib inline
model.encoder.requires_grad_(False); n = 1
