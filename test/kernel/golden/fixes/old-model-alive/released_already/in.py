model = optimizer = None
model = Net()
