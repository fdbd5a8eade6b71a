model = net = Net()
