optimizer.zero_grad()
model = Net()
