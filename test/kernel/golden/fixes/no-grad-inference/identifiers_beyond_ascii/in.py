größe = model(x).shape  # forward
