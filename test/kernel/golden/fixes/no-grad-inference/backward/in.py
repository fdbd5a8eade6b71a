loss = model(x).sum(); loss.backward()  # forward
