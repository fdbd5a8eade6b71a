class Net(nn.Module):
	pass

model = optimizer = None
model = Net()
