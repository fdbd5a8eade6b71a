for x in steps:
    h = cell(x, h)
    h.sum().backward()
