model(x);  # forward
