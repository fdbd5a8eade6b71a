output = 1
result = 2
model(x)  # forward
