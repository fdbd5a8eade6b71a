if new:
    model = Net()
