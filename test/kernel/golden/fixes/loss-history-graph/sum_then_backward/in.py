for x in loader:
    total += f(model(x))
total.backward()
