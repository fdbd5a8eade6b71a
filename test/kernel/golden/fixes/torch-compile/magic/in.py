%%time
model = Net()
