%matplotlib inline
model.encoder.requires_grad = False; n = 1
