class Net(nn.Module):
	pass

model = Net()
