outputs = []
outputs.append(model(x))  # forward
