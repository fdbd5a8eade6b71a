# again
model = Net()
optimizer = Adam(model.parameters())