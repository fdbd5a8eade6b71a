for width in widths:
    model = Net(width)
