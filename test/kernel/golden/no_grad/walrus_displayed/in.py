(out := model(x))  # forward
