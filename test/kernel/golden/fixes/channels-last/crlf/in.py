model = Net()
x = 1
