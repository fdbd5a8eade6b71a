%time model(x).sum().backward()
