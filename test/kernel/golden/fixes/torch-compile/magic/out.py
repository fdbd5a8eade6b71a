%%time
model = Net()
model.compile()
