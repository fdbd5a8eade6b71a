# again
model = optimizer = None
model = Net()
optimizer = Adam(model.parameters())