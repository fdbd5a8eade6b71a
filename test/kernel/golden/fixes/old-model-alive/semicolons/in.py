a = 1; model = Net()
