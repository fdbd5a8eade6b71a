model = Net()
model.compile()
