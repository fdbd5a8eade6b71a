out = penalty(model(x), create_graph=True)  # forward
