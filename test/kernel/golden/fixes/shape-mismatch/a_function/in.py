flat = view(x, -1)
