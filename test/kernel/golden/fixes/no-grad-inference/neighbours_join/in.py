first = model(x)  # forward
# the same again

second = model(x)  # forward
third = first + 1
fourth = model(x)  # forward
