for x, y in loader:  # float64
    loss = criterion(model(x), y)
