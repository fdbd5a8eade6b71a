print(model(x).shape)  # forward
