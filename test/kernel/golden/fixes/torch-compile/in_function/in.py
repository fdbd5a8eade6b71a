def make():
    model = Net()
    return model
