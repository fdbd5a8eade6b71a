model = Net()
model.compile()